"""The one synchronous hook: an app above answers for its kind inside the action of an app below.

Used where the answer must move in the same transaction as the question: a decision moves its subject
(`approvals`), an acceptance opens its work (`tickets`). Exactly one answerer per kind.
"""

from collections.abc import Callable
from typing import Any

Answer = Callable[..., Any]


class Answerers:
    """A table kind -> function, filled by decorators at start-up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._table: dict[str, Answer] = {}

    def __call__(self, kind: str) -> Callable[[Answer], Answer]:
        """Register the decorated function as the answerer of `kind`. Raises ValueError for a second one."""

        def register(answer: Answer) -> Answer:
            if kind in self._table:
                raise ValueError(f"{self.name}: {kind} is answered twice")
            self._table[kind] = answer
            return answer

        return register

    def kinds(self) -> list[str]:
        """All kinds that have an answerer."""
        return sorted(self._table)

    def ask(self, kind: str, **facts: Any) -> Any:
        """Call the answerer of `kind`; kinds that nobody answers return None."""
        answer = self._table.get(kind)
        return answer(**facts) if answer else None
