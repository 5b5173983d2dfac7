"""monday.com mirrors every accepted request (SOP-A3): one item per ticket on one board, the same facts on both sides.

`client` is the street door: it alone speaks to monday.com; `operations` holds what is said. What happens there by hand
comes back as the same actions as in the browser, and what the SOP refuses is put back there with the reason.
"""
