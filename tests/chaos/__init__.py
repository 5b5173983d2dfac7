"""The fault harness: parts of the product are killed and restarted under load, and nothing accepted may be lost.

Not part of the tests: `make chaos TICKETS=1000 KILLS=20 CLIENTS=8` runs it and says its figures.
"""
