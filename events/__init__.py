"""The ledger: what happened, who did it, when, and who must still hear of it.

One row per event serves as audit trail, timeline and outbox; rows are chained by hash per subject and PostgreSQL
refuses to change or remove them. Deliveries to subscribers are rows beside them, written in the same transaction.
"""
