"""Requests by e-mail (SOP-B4.3.1): letters are fetched, kept as they came, and become requests and answers.

What cannot be believed, read or placed is set aside where IT sees it, with the reason; nothing is lost in silence.
"""
