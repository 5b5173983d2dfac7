"""Running promises: when an answer or a decision is due, whether it came in time, and who was warned.

The deadline is an indexed instant in PostgreSQL; a sweep looks for the ones that have come. A clock hangs on any
subject and writes into the chain of its case.
"""
