"""Other systems as tests meet them: real programs where Debian has them."""
