"""A group that does not exist: its branches, people, systems and sixty requests, played by the actions."""
