"""Pages of `docs/` that the code writes about itself: states, events, roles, gates, and the lists of hand-written ones.

A page is a function without arguments that returns Markdown. `manage.py write_docs` keeps the files equal to them.
"""
