"""How a rule is written: a pure predicate with the sentence that explains its refusal and the SOP clause behind it."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise


class Rule:
    """A predicate over `(thing)` for *when* or `(thing, user)` for *who*; True means allowed.

    `message` is shown to the person who is refused and says who can mend it; `clause` is the SOP clause or "".
    """

    def __init__(
        self,
        test: Callable[..., bool],
        message: "str | Promise",
        clause: str,
        tells: "Callable[[Any], str] | None" = None,
    ) -> None:
        self.test = test
        self.message = message
        self.clause = clause
        self.tells = tells
        self.__name__ = test.__name__
        self.__doc__ = test.__doc__

    def refusal(self, thing: Any) -> "str | Promise":
        """The sentence for this very thing: `message`, or what `tells` says with its facts."""
        return self.tells(thing) if self.tells else self.message

    def __call__(self, *args: Any) -> bool:
        return bool(self.test(*args))


def rule(
    message: "str | Promise" = "", *, clause: str = "", tells: "Callable[[Any], str] | None" = None
) -> Callable[[Callable[..., bool]], Rule]:
    """Turn a predicate into a Rule: `@rule(_("The estimate is missing."), clause="SOP-A5")`.

    `tells(thing)` says the refusal with the facts of that thing, where a sentence for all is not enough.
    """

    def decorate(test: Callable[..., bool]) -> Rule:
        return Rule(test, message, clause, tells)

    return decorate
