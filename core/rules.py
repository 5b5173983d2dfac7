"""How a rule is written: a pure predicate with the sentence that explains its refusal and the SOP clause behind it."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise


class Rule:
    """A predicate over `(thing)` for *when* or `(thing, user)` for *who*; True means allowed.

    `message` is shown to the person who is refused and says who can mend it; `clause` is the SOP clause or "".
    """

    def __init__(self, test: Callable[..., bool], message: "str | Promise", clause: str) -> None:
        self.test = test
        self.message = message
        self.clause = clause
        self.__name__ = test.__name__
        self.__doc__ = test.__doc__

    def __call__(self, *args: Any) -> bool:
        return bool(self.test(*args))


def rule(message: "str | Promise" = "", *, clause: str = "") -> Callable[[Callable[..., bool]], Rule]:
    """Turn a predicate into a Rule: `@rule(_("The estimate is missing."), clause="SOP-A5")`."""

    def decorate(test: Callable[..., bool]) -> Rule:
        return Rule(test, message, clause)

    return decorate
