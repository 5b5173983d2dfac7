"""The local runner: the whole product on one machine, without Docker and without root.

It owns the state directory (`.local/`): a PostgreSQL and a Redis of its own unless addresses are given, the secret
key, uploads and mail. It starts web, worker and scheduler, starts them again when they die, and stops everything it
started. It knows the product only by its commands.
"""
