"""What a case file is composed of. The app above that knows the case says it (`hooks.contents_of`)."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Contents:
    """A case as its file shows it: a template with its context, and the name of the case."""

    number: str
    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
