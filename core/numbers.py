"""Exact numbers as people write them."""

from decimal import Decimal


def plain(value: Decimal | None) -> str:
    """`24`, not `24.00` or `2.4E+1`; empty for None. For events, forms and the API: a point, no grouping."""
    return "" if value is None else f"{Decimal(value).normalize():f}"
