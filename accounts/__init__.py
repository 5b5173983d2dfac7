"""People: who they are, which branch they belong to, which roles they hold where, and who acts for whom
between two dates.

Robots and API tokens are here too: whatever acts in this product is a user.
"""
