"""What people change on the board becomes the same act as in the browser, by them, through the same gates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import User, office_date
from core.database import refusal_of
from core.errors import NotPossible, PermissionDenied
from core.transitions import why_not
from devflow import steps as developments
from devflow.enums import Column, Stage
from devflow.models import Build, DevelopmentRequest
from events.verbs import Verb
from integrations.monday.enums import SHARED, Field
from integrations.monday.mapping import LABEL_OF, UNKNOWN, Values
from integrations.monday.models import MondayPerson
from integrations.monday.turns import whose_turn
from tickets import actions as tickets
from tickets import steps
from tickets.enums import Kind, Priority, Status
from tickets.models import Ticket

_STATUS_OF = {str(label): status for status, label in LABEL_OF.items()}
_UNKNOWN = gettext_lazy(
    "Nobody here is known as the one who changed this. The administrator enters who is who; then change it again."
)
_MOST_HOURS = Decimal(10000)  # as the field of the request has it


@dataclass(frozen=True)
class Refusal:
    """Why something on the board was put back: a sentence, the clause, and whose turn it is."""

    reason: str
    rule: str = ""

    @property
    def said(self) -> str:
        """With its clause in front."""
        return f"{self.rule}: {self.reason}" if self.rule else self.reason


def take(*, ticket: Ticket, changed: Values, by: User | None) -> Refusal | None:
    """Do what the fields in `changed` mean (one field, or the two days together), as `by`. A Refusal: nothing was done.

    Called inside the transaction of the link, with the request locked.
    """
    with translation.override(by.language if by else settings.LANGUAGE_CODE):
        try:
            with transaction.atomic():
                _act(ticket, changed, _somebody(by, ticket))
        except NotPossible as refusal:
            return Refusal(str(refusal), refusal.rule)
        except PermissionDenied:
            return Refusal(_("Your roles do not allow this here."))
        except IntegrityError as problem:
            if (refused := refusal_of(problem)) is None:
                raise
            return Refusal(str(refused), refused.rule)
    return None


def _somebody(by: User | None, ticket: Ticket) -> User:
    if by is None:
        raise NotPossible(_UNKNOWN)
    if not Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists():
        raise PermissionDenied
    return by


def _act(ticket: Ticket, changed: Values, by: User) -> None:
    name, value = next(iter(changed.items()))
    if name not in SHARED:
        raise NotPossible(_("This is kept in Kumala ITSM. What is written on the card would be lost."))
    for told in changed.values():
        if told and told.startswith(UNKNOWN):
            raise NotPossible(_("Kumala ITSM does not know this value of the board."))
    if Field.START in changed or Field.FINISH in changed:
        _plan(ticket, changed, by)
    elif value is None:
        raise NotPossible(_("This cannot be empty."))
    else:
        _ACTS[name](ticket, value, by)


def _plan(ticket: Ticket, changed: Values, by: User) -> None:
    days = {Field.START: ticket.start_date, Field.FINISH: ticket.finish_date}
    days |= {Field(name): date.fromisoformat(day) if day else None for name, day in changed.items()}
    tickets.plan(ticket=ticket, start_date=days[Field.START], finish_date=days[Field.FINISH], by=by)


def _prioritise(ticket: Ticket, value: str, by: User) -> None:
    tickets.prioritise(ticket=ticket, priority=Priority(value), reason=_("Changed on monday.com."), by=by)


def _estimate(ticket: Ticket, value: str, by: User) -> None:
    hours = Decimal(value)
    if not 0 <= hours <= _MOST_HOURS:
        raise NotPossible(_("An estimate is between 0 and 10,000 hours."))
    tickets.estimate(ticket=ticket, hours=hours, reason=_("Changed on monday.com."), by=by)


def _assign(ticket: Ticket, value: str, by: User) -> None:
    found = MondayPerson.objects.filter(monday_id=value).select_related("user").first()
    if found is None:
        raise NotPossible(_("Nobody here is known as this person. The administrator enters who is who."))
    tickets.assign(ticket=ticket, assignee=found.user, by=by)


def _move(ticket: Ticket, value: str, by: User) -> None:
    """The act that leads to the label; one that needs words is done on its page."""
    thing, verb = _step(ticket, _STATUS_OF[value], by)
    if refusal := why_not(thing, verb.move, by):
        raise refusal
    if verb.form.base_fields:
        page = settings.BASE_URL.rstrip("/") + _page(thing, verb)
        raise NotPossible(
            _("“%(act)s” needs your words. Write them here: %(page)s") % {"act": verb.label, "page": page}
        )
    verb.act(thing, verb.form({}), by)


def _step(ticket: Ticket, to: Status, by: User) -> tuple[Any, Verb]:
    if ticket.kind != Kind.DEVELOPMENT or ticket.status == Status.NEW:
        return ticket, steps.step(ticket, to)
    row = DevelopmentRequest.objects.with_list_columns().get(ticket=ticket)
    column = Column.DEPLOY if to == Status.DONE else Column(to)
    if row.stage == Stage.READY and column == Column.DEPLOY and row.signed_build_id:
        build = Build.objects.for_rules().get(pk=row.signed_build_id)
        build.request = row
        return developments.released(build, by)
    return developments.step(row, column, by)


def _page(thing: Any, verb: Verb) -> str:
    if isinstance(thing, Ticket):
        return reverse(f"tickets:{verb.name}", args=[thing.pk])
    name = f"deploy-{verb.name}" if isinstance(thing, Build) else verb.name
    return reverse(f"devflow:{name}", args=[thing.pk])


_ACTS: dict[str, Callable[[Ticket, str, User], None]] = {
    Field.PRIORITY: _prioritise,
    Field.ESTIMATE: _estimate,
    Field.ASSIGNEE: _assign,
    Field.STATUS: _move,
}


def turn_of(*, ticket: Ticket) -> str:
    """Whose turn it is, in the language that is spoken now."""
    managers = User.objects.get_queryset().acting_as(
        Role.IT_MANAGER, on=office_date(), branch_id=ticket.branch_id
    )
    development = DevelopmentRequest.objects.with_list_columns().filter(ticket=ticket).first()
    return str(whose_turn(ticket, development, ", ".join(map(str, managers))))
