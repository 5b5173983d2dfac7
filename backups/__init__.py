"""Backups: what must be kept, where its copies lie, how they went, and the restores that prove them (SOP-B4.4.2).

Owns targets, repositories, policies, runs, snapshots and restores. The engine is restic; nothing here is green because
a program said so, only because a copy was restored and compared.
"""
