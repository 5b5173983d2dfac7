"""The mirror on monday.com."""
