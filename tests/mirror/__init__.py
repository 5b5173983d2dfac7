"""The mirror on monday.com: both sides, and everything that goes wrong between them."""
