"""Naming the subject of an event without importing its app."""

from typing import NamedTuple

from django.db import models


class Subject(NamedTuple):
    """A row by its model's label and its number, e.g. ("tickets.ticket", 17)."""

    type: str
    id: int

    @classmethod
    def of(cls, row: "models.Model | Subject") -> "Subject":
        """The name of a row; names pass through."""
        return row if isinstance(row, Subject) else cls(row._meta.label_lower, row.pk)
