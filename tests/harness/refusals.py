"""A refusal has a kind, a sentence, and a clause where the SOP speaks; and nothing happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from core.errors import NotPossible, PermissionDenied
from tests.harness.database import unchanged


@contextmanager
def not_possible(saying: str = "", *, rule: str = "") -> Iterator[None]:
    """Refused as things stand: the sentence contains `saying`, the clause is `rule`; no row changed."""
    with unchanged(), pytest.raises(NotPossible) as caught, transaction.atomic():
        yield
    assert saying.lower() in str(caught.value).lower()
    assert caught.value.rule == rule


@contextmanager
def not_yours() -> Iterator[None]:
    """Refused to this person; no row changed."""
    with unchanged(), pytest.raises(PermissionDenied), transaction.atomic():
        yield


@contextmanager
def refused_by_postgres(name: str) -> Iterator[Any]:
    """PostgreSQL itself refuses, by the constraint or clause of this name."""
    with unchanged(), pytest.raises(Exception) as caught, transaction.atomic():  # noqa: PT011 - the name is compared
        yield caught
    cause = caught.value.__cause__
    found = getattr(getattr(cause, "diag", None), "constraint_name", None) or str(caught.value)
    assert name in found, f"{caught.value!r} is not {name}"
