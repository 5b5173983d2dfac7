"""Exact numbers as people write them."""

from decimal import Decimal, InvalidOperation

from django.utils.formats import number_format


def plain(value: Decimal | None) -> str:
    """`24`, not `24.00` or `2.4E+1`; empty for None. For events, forms and the API: a point, no grouping."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


def said(text: str | None) -> str:
    """The text of a figure, as forms keep it, in the reader's format: `24.5` is `24,5` in Indonesian.

    Other text stays as it was written; empty for nothing.
    """
    try:
        return str(number_format(Decimal(text))) if text else ""
    except InvalidOperation:
        return str(text)


def shown(value: Decimal | None) -> str:
    """As `plain`, in the reader's format: `24,5` in Indonesian."""
    return said(plain(value))


def money(amount: Decimal | None) -> str:
    """`Rp 12.500.000`, with its cents only where there are any: `Rp 12.500.000,50`; empty for None."""
    if amount is None:
        return ""
    whole, _point, cents = f"{amount:.2f}".partition(".")
    said_ = f"Rp\N{NO-BREAK SPACE}{int(whole):,}".replace(",", ".")
    return said_ if cents == "00" else f"{said_},{cents}"


def rupiah(amount: str | None) -> str:
    """`Rp 12.500.000`, as Indonesia writes money, never broken between two lines; empty for what is no whole amount."""
    return money(Decimal(amount)) if amount and amount.isdecimal() else ""
