"""Every table: who may see its rows, what its rules are called, and which words its times use."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

OWN = {
    "core",
    "events",
    "accounts",
    "notifications",
    "clocks",
    "approvals",
    "inventory",
    "tickets",
    "devflow",
    "backups",
    "mailbox",
    "monday",
    "agents",
    "portal",
}
MODELS = [m for m in apps.get_models(include_auto_created=True) if m._meta.app_label in OWN]
# Rows of the machine, shown to nobody as rows.
SEEN_BY_NOBODY = {
    "Heartbeat": "signs of life; the operations page shows them",
    "SealKey": "shown with the seals",
    "SealStamp": "shown with the seals",
    "IdempotencyKey": "answers to repeat",
}
# Dates and instants whose name is one word of the SOP or of the ledger.
NAMED_OTHERWISE = {
    "Event.at",
    "MonthlyReport.month",
    "Policy.valid_from",
    "ClockPolicy.valid_from",
    "HourEntry.date",
}

by_name = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)


@by_name
def test_says_who_may_see_it(model: Any) -> None:
    if model.__name__ not in SEEN_BY_NOBODY:
        assert callable(getattr(model.objects.all(), "visible_to", None))


@by_name
def test_has_no_order_of_its_own(model: Any) -> None:
    assert not model._meta.ordering, "an order belongs to the question, not to the table"


@by_name
def test_rules_have_names(model: Any) -> None:
    names = [c.name for c in model._meta.constraints] + [t.name for t in getattr(model._meta, "triggers", [])]
    for name in names:
        assert re.fullmatch(r"[a-z][a-z_]{5,}", name), name
        assert not re.search(r"_(uniq|check|fk)$", name), f"{name} says nothing"
    assert not model._meta.unique_together


@by_name
def test_times_say_what_they_are(model: Any) -> None:
    for field in model._meta.concrete_fields:
        if f"{model.__name__}.{field.name}" in NAMED_OTHERWISE or field.name in ("last_login",):
            continue
        if isinstance(field, models.DateTimeField):
            assert field.name.endswith("_at"), field.name
        elif isinstance(field, models.DateField):
            assert field.name.endswith("_date"), field.name


@by_name
def test_has_a_docstring_and_a_name_for_people(model: Any) -> None:
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}(")
    if not model._meta.proxy:
        assert model._meta.original_attrs.get("verbose_name"), "the administration shows it"


def test_no_generic_primary_key_is_small(db: None) -> None:
    for model in MODELS:
        if model._meta.pk.name == "id":
            assert isinstance(model._meta.pk, models.BigAutoField), model.__name__


def test_every_trigger_of_the_models_is_in_the_database(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
        installed = {row[0] for row in cursor.fetchall()}
    for model in MODELS:
        for trigger in getattr(model._meta, "triggers", []):
            assert trigger.get_pgid(model) in installed, f"{model.__name__}: {trigger.name}"
