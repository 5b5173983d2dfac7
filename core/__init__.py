"""The foundation: refusals, transitions, transactions, pages, problems, files, PDFs, queues in PostgreSQL.

It knows no business word and imports no other app. Everything here is used by at least two apps above it.
"""
