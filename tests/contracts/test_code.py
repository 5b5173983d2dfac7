# ruff: noqa: E501 - a table or a sentence reads better on one line
"""The shape of the code: which rooms there are, who writes, who reads how, and what every task and setting is called."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from kumala_itsm.celery import app

ROOT = Path(settings.ROOT)
FLOORS = (
    "kumala_itsm",
    "portal",
    "integrations/mailbox",
    "integrations/agents",
    "integrations/monday",
    "devflow",
    "backups",
    "tickets",
    "inventory",
    "approvals",
    "clocks",
    "notifications",
    "accounts",
    "events",
    "core",
)
APPS = [app for app in FLOORS if app not in ("kumala_itsm", "core")]
ROOMS = {
    "__init__", "actions", "admin", "api", "apps", "enums", "forms", "models", "querysets", "rules", "subscribers", "tasks",
    "urls", "views", "migrations", "management", "hooks", "verbs", "shapes",
}  # fmt: skip
# Rooms that one app alone has, and why.
OWN_ROOMS: dict[str, set[str]] = {
    "accounts": {
        "adapter",
        "authentication",
        "confirming",
        "gates",
        "middleware",
        "proofs",
        "who",
    },  # how people sign in and prove who they are; roles as SQL
    "approvals": {
        "asking",
        "authority",
        "casefiles",
        "certificates",
        "checking",
        "gates",
        "letters",
        "papers",
        "providers",
        "sealing",
        "verifying",
    },  # who is asked; the SOP as PL/pgSQL; how news read; certificates, papers, signatures and what they are worth
    "backups": {
        "disaster",
        "dumps",
        "gates",
        "letters",
        "monthly",
        "pipes",
        "places",
        "prints",
        "register",
        "restic",
        "retention",
        "rhythm",
        "scratch",
        "seals",
        "setups",
        "taking",
        "vault",
        "working",
    },  # the engine: programs, pipes, secrets, places, comparing; arithmetic of times and of what is kept; the register
    "clocks": {
        "working_time",
        "counting",
        "explaining",
        "indonesia",
    },  # arithmetic, its facts, its words; days off
    "devflow": {
        "board",
        "capacity",
        "casefile",
        "evasion",
        "gates",
        "letters",
        "steps",
        "systems",
        "timeline",
        "versions",
        "windows",
        "workload",
    },  # what an auditor looks for; hours against weeks; a case in one file; the SOP as PL/pgSQL; what runs where and when
    "events": {
        "registry",
        "subjects",
        "ledger",
        "doorbell",
        "canon",
        "keys",
        "anchors",
    },  # the ledger's own parts; its one text; what seals it, and where that lies outside
    "notifications": {
        "backends",
        "letters",
        "threads",
        "wishes",
    },  # mail into a directory; how news read, who wants them
    "tickets": {
        "broken",
        "cards",
        "cells",
        "gates",
        "search",
        "lists",
        "letters",
        "mentions",
        "related",
        "steps",
    },  # what one can ask for; how words are found; how news read; who is meant by @; what hangs together, also as SQL
    "inventory": {
        "calendars",
        "certificates",
        "columns",
        "gates",
        "labels",
        "lists",
        "minutes",
        "periods",
        "search",
        "versions",
    },  # what columns of a file mean, and what a certificate says; versions in their order; months, labels, minutes; what a list can be asked; the SOP as PL/pgSQL; how words are found
    "integrations/agents": {
        "identity",
        "reader",
        "reading",
        "security",
        "telling",
        "wire",
    },  # whose report it is; reports made into facts, at arm's length; what is wrong, and in words; bodies
    "integrations/mailbox": {
        "authenticity",
        "client",
        "markup",
        "reader",
        "reading",
        "text",
    },  # what our server says of senders; IMAP; letters made into words, at arm's length
    "integrations/monday": {
        "client",
        "limits",
        "mapping",
        "merge",
        "operations",
        "planning",
        "signed",
        "standing",
        "turns",
        "troubles",
    },  # what is said to monday.com and what its answers mean; both sides in one form; whose side counts; whose turn it is
    "portal": {
        "context",
        "invariants",
        "navigation",
        "mailbox",
        "templatetags",
        "cards",
        "numbers",
    },  # what every page shows
}
# Who may write rows, besides actions and migrations.
WRITERS = {
    "core/transitions.py": "the move itself",
    "core/outbox.py": "the state of a queued row belongs to the queue",
    "core/api.py": "an idempotency key and its answer",
    "core/tasks.py": "forgets sessions and keys that have ended",
}
WRITES = {
    "save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "acreate",
    "adelete", "aupdate",
}  # fmt: skip


def _files(*names: str) -> Iterator[Path]:
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            if "migrations" not in path.parts and (not names or f"{_room(path)}.py" in names):
                yield path


def _room(path: Path) -> str:
    """`actions` of `tickets/actions/talk.py` and of `clocks/actions.py`: a room that grew is a package of its name."""
    inside = path.relative_to(ROOT).parts
    depth = 2 if inside[0] == "integrations" else 1  # an app for each system
    return inside[depth].removesuffix(".py")


def _calls(path: Path) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_only_rooms_that_exist(app: str) -> None:
    names = {
        p.stem
        for p in (ROOT / app).iterdir()
        if p.suffix == ".py" or (p.is_dir() and p.name != "__pycache__")
    }
    assert names - ROOMS - OWN_ROOMS.get(app, set()) == set()


@pytest.mark.parametrize("app", FLOORS)
def test_an_app_says_what_it_owns(app: str) -> None:
    tree = ast.parse((ROOT / app / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    if app != "kumala_itsm":  # Celery wants its application there
        assert len(tree.body) == 1, "code in __init__.py runs whenever anything is imported"


def _writes_a_row(call: ast.Call, function: ast.Attribute) -> bool:
    """Rows are written with keywords or nothing; a hash, a dict or a cache is written with a positional value."""
    if function.attr not in WRITES:
        return False
    if any(k.arg == "commit" and ast.unparse(k.value) == "False" for k in call.keywords):
        return False  # a form that builds its row and leaves the writing to an action
    positional = bool(call.args)
    return function.attr.startswith("bulk_") or not positional


def test_only_actions_write() -> None:
    found = []
    for path in _files():
        if (
            _room(path) == "actions"
            or _short(path) in WRITERS
            or "local" in path.parts
            or "management" in path.parts
        ):
            continue
        found += [f"{_short(path)}:{c.lineno} .{f.attr}(" for c, f in _calls(path) if _writes_a_row(c, f)]
    assert found == []


def test_the_exceptions_still_write() -> None:
    for name in WRITERS:
        assert any(_writes_a_row(c, f) for c, f in _calls(ROOT / name)), f"{name} needs no exception any more"


# Reading without asking who reads, and why it is right.
# What a manager is asked first: for a reader, for what belongs to one thing that a reader was shown, or for names only.
ASKED = ("visible_to", "waiting_for", "about", "none", "get_queryset", "in_case", "of", "names")
READS_ALL = {
    "Heartbeat": "signs of life have no owner; the page is for operations staff",
    "Deployment": "of builds that were already asked for with visible_to",
}


def test_pages_and_endpoints_ask_who_reads() -> None:
    found = []
    for path in _files("views.py", "api.py", "verbs.py", "context.py"):
        if _short(path) == "core/api.py":
            continue
        for call, function in _calls(path):
            manager = function.value
            if not (isinstance(manager, ast.Attribute) and manager.attr == "objects"):
                continue
            asked = function.attr in ASKED
            if not asked and ast.unparse(manager.value) not in READS_ALL:
                found.append(f"{_short(path)}:{call.lineno} {ast.unparse(function)}")
    assert found == []


def test_every_action_is_called_by_name() -> None:
    """Keyword-only, and whoever acts is `by`."""
    for path in _files("actions.py"):
        if path.name == "_parts.py":
            continue  # helpers of several actions
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef)
                and not node.name.startswith("_")
                and node.name not in POSITIONAL
            ):
                names = [a.arg for a in node.args.args]
                assert not names, f"{_short(path)}:{node.lineno} {node.name}({', '.join(names)})"
                assert ast.get_docstring(node), f"{_short(path)}:{node.lineno} {node.name}"


POSITIONAL = {
    "record",
    "robot",
    "digest",
    "asks_for_code",
    "paper",
}  # one thing goes in, one comes out; not verbs


def test_no_signals() -> None:
    for path in _files():
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"django\.(db\.models|core|dispatch)[.\w]*signals|import receiver|@receiver", text
        ), _short(path)


def test_the_clock_is_asked_in_one_way() -> None:
    for path in _files():
        if "local" in path.parts or path.name == "health.py":
            continue
        for call, function in _calls(path):
            said = ast.unparse(function)
            assert said not in ("datetime.now", "datetime.utcnow", "date.today", "datetime.today"), (
                f"{_short(path)}:{call.lineno}"
            )


def test_rules_are_handed_the_moment() -> None:
    """What a rule says of a thing at an instant can be asked of every instant."""
    for path in _files():
        if path.name == "rules.py" and path.parent.name != "core":
            for call, function in _calls(path):
                assert not re.fullmatch(r"timezone\.(now|localdate|localtime)", ast.unparse(function)), (
                    f"{_short(path)}:{call.lineno}"
                )


# Tasks and settings -------------------------------------------------------------------------------------------------


def _tasks() -> dict[str, object]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_is_in_the_schedule() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert set(_tasks()) == scheduled


def test_every_task_is_rung_on_its_own_queue() -> None:
    tasks = _tasks()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in tasks
        assert settings.CELERY_TASK_ROUTES[entry["task"]] == {"queue": entry["options"]["queue"]}
        assert entry["options"]["expires"] <= max(entry["schedule"], 15), (
            "a ring that nobody hears is not kept"
        )


def test_every_task_takes_what_a_newer_version_may_send() -> None:
    for name, task in _tasks().items():
        kinds = {p.kind for p in inspect.signature(task.run).parameters.values()}  # type: ignore[attr-defined]
        assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}, name
        assert inspect.Parameter.VAR_KEYWORD in kinds, name


def test_every_ring_names_a_task() -> None:
    for path in _files():
        for call, function in _calls(path):
            if ast.unparse(function) == "doorbell.ring":
                assert ast.literal_eval(call.args[0]) in _tasks(), f"{_short(path)}:{call.lineno}"


@pytest.mark.django_db
def test_every_task_runs_when_nothing_is_due() -> None:
    for task in _tasks().values():
        task.run(added_later=1)  # type: ignore[attr-defined]


def test_only_env_reads_the_environment() -> None:
    allowed = {"kumala_itsm/env.py", "kumala_itsm/celery.py", "kumala_itsm/wsgi.py"}
    for path in _files():
        if _short(path) not in allowed and "local" not in path.parts:
            assert "os.environ" not in path.read_text(encoding="utf-8"), _short(path)
