"""A group that does not exist: its branches, people, systems and some eighty requests, played by the actions."""
