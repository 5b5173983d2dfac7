"""Transitions declared with django-fsm, asked and fired here so that a button and a call cannot differ.

`has_transition_perm()` of django-fsm-2 4.2.4 is also false when only a condition fails, so it cannot tell
"not yours" from "not yet". `why_not` can.
"""

from typing import Any

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.errors import NotPossible, PermissionDenied, Refusal


class StateField(fsm.FSMField):
    """The state of a row. In migrations it is the column that it is.

    Each field of django-fsm leaves a listener behind for every model that a migration renders, ten million calls by the
    time an empty database has all its tables: half of that time.
    """

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As django.db.models.CharField: nothing of how the state moves belongs to the schema."""
        name, _path, args, options = super().deconstruct()
        options.pop("protected", None)
        return name, "django.db.models.CharField", args, options


def why_not(subject: models.Model, name: str, user: Any) -> Refusal | None:
    """Why `user` cannot fire transition `name` of `subject` now: PermissionDenied, NotPossible, or None if they can."""
    meta = getattr(subject, name)._django_fsm
    state = meta.field.get_state(subject)
    steps = [meta.transitions[key] for key in meta.transitions]
    if not any(step.has_perm(subject, user) for step in steps):
        return PermissionDenied()
    step = meta.get_transition(state)
    if step is None:
        label = getattr(subject, f"get_{meta.field.name}_display")()
        return NotPossible(_("This is not possible while it is “%(state)s”.") % {"state": label})
    for condition in step.conditions:
        if not condition(subject):
            return NotPossible(condition.refusal(subject), rule=condition.clause)
    return None


def is_theirs(subject: models.Model, name: str, user: Any) -> bool:
    """Whether the transition is this person's to fire at all, now or later: for lists, where `why_not` is too much."""
    meta = getattr(subject, name)._django_fsm
    return any(step.has_perm(subject, user) for step in meta.transitions.values())


def fits_state(subject: models.Model, name: str) -> bool:
    """Whether the state lets the transition through: what refuses it then is a condition that somebody can meet."""
    meta = getattr(subject, name)._django_fsm
    return meta.get_transition(meta.field.get_state(subject)) is not None


def fire(subject: models.Model, name: str, *, by: Any) -> None:
    """Move `subject` (locked by the caller) and save it. Raises the refusal that `why_not` would give."""
    if refusal := why_not(subject, name, by):
        raise refusal
    getattr(subject, name)()
    subject.save()


def pairs(model: type[models.Model], field_name: str) -> list[tuple[str, str]]:
    """All (from, to) pairs that the transitions of `model.field_name` declare, for the trigger on its table."""
    field: Any = model._meta.get_field(field_name)
    moves = {
        (str(step.source), str(step.target))
        for step in field.get_all_transitions(model)
        if step.target is not None and step.source != step.target
    }
    return sorted(moves)
