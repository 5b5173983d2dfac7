"""Requests from branches: how they come in, how the IT Manager receives them, the conversation, and how they end.

Every channel ends in the same triage queue (SOP-A1) with the same response clock (SOP-B4.3.1).
"""
