"""Measures speed: `make bench` fills a database, asks the production server, and writes docs/performance.md."""
