"""Labels of choices. Django's own `get_x_display` translates every choice of the field to find one."""

from collections.abc import Callable
from typing import Any

from django.db import models


def of(field: str, choices: type[models.TextChoices]) -> Callable[[Any], str]:
    """A `get_x_display` that translates the one label: `get_status_display = labels.of("status", Status)`."""

    known = {member.value: member.label for member in choices}  # not translated yet

    def display(row: Any) -> str:
        value = getattr(row, field)
        return str(known.get(value, value))

    return display
