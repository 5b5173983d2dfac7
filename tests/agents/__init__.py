"""Inventory agents: their protocol, what is believed of them, and what people decide."""
