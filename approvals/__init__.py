"""Who must decide, what they decided, and the proof: policies, BRM and UAT forms, decisions, signatures, documents.

It never learns what it approves: a subject asks for a decision and registers its answer (`on_decision`).
"""
