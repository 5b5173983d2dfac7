"""Tests over everything that exists: a new app, route, table or template meets them without asking."""
