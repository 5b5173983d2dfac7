"""Backups: engine, actions, pages, faults."""
