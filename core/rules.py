"""How a rule is written: a pure predicate with the sentence that explains its refusal and the SOP clause behind it.

The clock is read here, for rules that depend on it: they are handed the moment, as they are handed everything else.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise


class Rule:
    """A predicate over `(thing)` for *when* or `(thing, user)` for *who*; True means allowed.

    `message` is shown to the person who is refused and says who can mend it; `clause` is the SOP clause or "".
    One that `depends_on_time` is handed the moment as its last argument, and so is what it `tells`.
    """

    def __init__(
        self,
        test: Callable[..., bool],
        message: "str | Promise",
        clause: str,
        tells: "Callable[..., str] | None" = None,
        *,
        depends_on_time: bool = False,
    ) -> None:
        self.test = test
        self.message = message
        self.clause = clause
        self.tells = tells
        self.depends_on_time = depends_on_time
        self.__name__ = test.__name__
        self.__doc__ = test.__doc__

    def refusal(self, thing: Any) -> "str | Promise":
        """The sentence for this very thing: `message`, or what `tells` says with its facts."""
        return self.tells(thing, *self._moment()) if self.tells else self.message

    def __call__(self, *args: Any) -> bool:
        return bool(self.test(*args, *self._moment()))

    def _moment(self) -> tuple[datetime, ...]:
        return (timezone.now(),) if self.depends_on_time else ()


def rule(
    message: "str | Promise" = "",
    *,
    clause: str = "",
    tells: "Callable[..., str] | None" = None,
    depends_on_time: bool = False,
) -> Callable[[Callable[..., bool]], Rule]:
    """Turn a predicate into a Rule: `@rule(_("The estimate is missing."), clause="SOP-A5")`.

    `tells(thing)` says the refusal with the facts of that thing, where a sentence for all is not enough. Where the rule
    `depends_on_time`, both are called with the moment as well: `(thing, now)`.
    """

    def decorate(test: Callable[..., bool]) -> Rule:
        return Rule(test, message, clause, tells, depends_on_time=depends_on_time)

    return decorate
