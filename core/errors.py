"""The two ways in which an action says no: NotPossible (not now) and Django's PermissionDenied (not you)."""

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise

__all__ = ["NotPossible", "PermissionDenied", "Refusal"]


class NotPossible(Exception):
    """Refused as things stand: `reason` is a sentence for the person, `rule` the SOP clause if one says so."""

    def __init__(self, reason: "str | Promise", rule: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.rule = rule

    def __str__(self) -> str:
        return str(self.reason)


Refusal = NotPossible | PermissionDenied
