"""Requests by e-mail."""
