"""The tests: the house and its cast, one folder per app, and contracts over everything that exists."""
