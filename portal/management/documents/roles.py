"""Who may do what: the rules themselves are asked, with people made up on the spot who hold one role each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from accounts.enums import Role
from accounts.models import Authority, User
from approvals.enums import Kind as FormKind
from approvals.models import Approval
from approvals.verbs import WITHDRAW
from devflow.models import Build, DevelopmentRequest
from devflow.verbs import OF_BUILD, OF_REQUEST
from portal.management.documents.words import english, first_line, indonesian, page, table, transitions
from tickets.models import Ticket
from tickets.verbs import VERBS

BRANCH = 1
ASKED, WORKS, OPENED = 101, 102, 103
GRANTS = {
    "reads_everything": "the ledger, and every branch",
    "is_staff_member": "internal notes of IT",
    "is_decider": "the page of forms that wait for a signature",
    "runs_operations": "the operations page: queues, dead letters, retry",
    "is_staff": "the administration of reference data",
}


@dataclass(frozen=True)
class Column:
    """Somebody, and what the head of their column says."""

    head: str
    person: User


def roles() -> str:
    """docs/roles.md"""
    introduction = (
        "● may. A role held for one branch counts there, one held for the whole group counts everywhere; between their"
        " two dates a substitute counts like the person they stand in for. Who may is one half; when it is possible"
        " stands in [states.md](states.md)."
    )
    return page("Roles", introduction, _names(), *_acts(), _grants(), _sight())


def somebody(number: int, *held: str) -> User:
    """A person who holds these roles for the whole group and nothing else; no row, no query."""
    person = User(pk=number, name="")
    person.__dict__["authorities"] = tuple(Authority(role, None, None) for role in held)
    return person


def _columns() -> list[Column]:
    columns = [Column(english(role.label), somebody(n, role)) for n, role in enumerate(Role, start=1)]
    columns.append(Column("*who asked*", somebody(ASKED, Role.REQUESTER)))
    columns.append(Column("*who does it*", somebody(WORKS, Role.AGENT)))
    return columns


def _names() -> str:
    rows = [(f"`{role.value}`", english(role.label), indonesian(role.label)) for role in Role]
    return table(("Role", "English", "Indonesian"), rows)


def _work() -> tuple[Ticket, DevelopmentRequest, Build]:
    ticket = Ticket(pk=1, branch_id=BRANCH, requester_id=ASKED, assignee_id=WORKS)
    request = DevelopmentRequest(ticket=ticket)
    return ticket, request, Build(request=request, registered_by=somebody(WORKS, Role.AGENT))


def who_may(model: Any, step: Any) -> list[str]:
    """Whoever may take this step of a thing of this model, by role and part; none where no such thing is made up."""
    things = [thing for thing in [*_work(), *_forms().values()] if type(thing) is model]
    people = [(column.head.strip("*"), column.person) for column in _columns()]
    return [head for head, person in people if any(step.has_perm(thing, person) for thing in things)]


def _acts() -> Iterator[str]:
    ticket, request, build = _work()
    columns = _columns()
    yield _matrix("A ticket", ticket, "status", {v.move: v for v in VERBS.values()}, columns)
    yield _matrix("A development", request, "stage", {v.move: v for v in OF_REQUEST.values()}, columns)
    builder = Column("*IT Manager who built it*", somebody(WORKS, Role.IT_MANAGER))
    yield _matrix("A build", build, "reached", {v.move: v for v in OF_BUILD.values()}, [*columns, builder])
    opener = Column("*who opened the form*", somebody(OPENED))
    for title, form in _forms().items():
        yield _matrix(title, form, "state", {WITHDRAW.move: WITHDRAW}, [*columns, opener])


def _forms() -> dict[str, Approval]:
    """A form in each of the situations in which other people count."""
    about = {"branch_id": BRANCH, "requester_id": ASKED, "requested_by_id": OPENED}
    barred = {"barred": [ASKED, OPENED]}
    return {
        "A BRM form that waits for the Director": Approval(
            kind=FormKind.BRM, waiting_roles=[Role.DIRECTOR], **about, **barred
        ),
        "A BRM form that waits for the Board": Approval(
            kind=FormKind.BRM, waiting_roles=[Role.BOD], **about, **barred
        ),
        "A UAT form that waits for its tester": Approval(
            kind=FormKind.UAT, waiting_people=[ASKED], barred=[WORKS], **about
        ),
    }


def _matrix(title: str, thing: Any, field: str, verbs: dict[str, Any], columns: list[Column]) -> str:
    rows = []
    for name, steps in transitions(type(thing), type(thing)._meta.get_field(field)).items():
        may = [any(s.has_perm(thing, c.person) for s in steps) for c in columns]
        if all(may):
            continue  # follows from another act; nobody is asked
        rows.append([_act(name, verbs), *("●" if yes else "" for yes in may)])
    return f"## {title}\n\n" + table(("Act", *(c.head for c in columns)), rows)


def _act(name: str, verbs: dict[str, Any]) -> str:
    verb = verbs.get(name)
    return f"`{name}`" + (f" {english(verb.label)} / {indonesian(verb.label)}" if verb else "")


def _grants() -> str:
    columns = [Column(english(role.label), somebody(n, role)) for n, role in enumerate(Role, start=1)]
    rows = [
        (f"`{name}` {what}", *("●" if getattr(c.person, name) else "" for c in columns))
        for name, what in GRANTS.items()
    ]
    return "## Places, for a role of the whole group\n\n" + table(("Opens", *(c.head for c in columns)), rows)


def _sight() -> str:
    """What `visible_to` says of each table: unseen rows are 404 everywhere."""
    rows = []
    for model in sorted(apps.get_models(), key=lambda m: m._meta.label_lower):
        look = getattr(model._default_manager.none(), "visible_to", None)
        if look and not model._meta.proxy:
            rows.append((f"`{model._meta.label}`", first_line(look)))
    return "## Which rows one sees\n\n" + table(("Rows", "Visible to"), rows)
