# ruff: noqa: E501 - a table or a sentence reads better on one line
"""The authorisation matrix: every route x verb x role x own and foreign branch, child objects included.

A route that is not in the table fails. What belongs to a branch one has nothing to do with is 404 and never in any answer;
what one sees but may not do is 403; and no refused request writes a row.
"""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import actions as accounts
from accounts.enums import Scope
from approvals.enums import CONSENT_VERSION
from tests import world
from tests.cast import PASSWORD, PEOPLE, Cast
from tests.harness import database
from tests.harness.ink import DRAWN
from tests.world import Side, World

STRANGER = "a stranger"
ROLES = [STRANGER, *PEOPLE]
EVERYBODY = set(PEOPLE)
Who = Callable[[Side], set[str]]


@dataclass(frozen=True)
class Route:
    """What a route needs, who gets through it, and who may act there.

    `row`: which row of a side stands in the address, "" for none. `sees`: who gets 200 (others 404).
    `does`: who may POST; None where nobody can (405). `shows`: does GET draw a page, or lead elsewhere?
    `fields`: what is posted.
    """

    row: str = ""
    sees: Who = lambda side: EVERYBODY
    does: Who | None = None
    shows: bool = True
    rest: tuple[Any, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    reading_is_acting: bool = False  # GET draws the form of the verb: 403 for who may not do it
    draws: Who | None = None  # who gets that form, where it is not those who may post it
    finds: Who = lambda side: set()  # who finds something of their own where GET leads others elsewhere


def _case(side: Side) -> set[str]:
    return side.readers


def _writers(side: Side) -> set[str]:
    return {side.requester, side.head} | side.it


def _reads(row: str, sees: Who, *rest: Any, **facts: Any) -> Route:
    return Route(row, sees, rest=rest, **facts)


def _verb(row: str, does: Who, sees: Who = _case) -> Route:
    return Route(row, sees, does, reading_is_acting=True)


def _nobody(side: Side) -> set[str]:
    return set()


def _own(row: str, *rest: Any, shows: bool = True) -> Route:
    return Route(row, lambda side: {side.requester}, lambda side: {side.requester}, shows=shows, rest=rest)


def _only(*names: str) -> Who:
    return lambda side: set(names)


def _form_readers(side: Side) -> set[str]:
    """Drafts are not shown to deciders, unless they read everything anyway."""
    return {side.requester, side.head, "auditor"} | side.it


# Who sees the inventory of a branch: its people, its IT staff, auditors.
KEPT_BY: Who = lambda side: side.people | side.it | {"auditor"}  # noqa: E731
VERIFIERS: Who = lambda side: {side.head} | side.it  # noqa: E731
COUNTED_BY: Who = lambda side: {side.head, "auditor"} | side.it  # noqa: E731
RENEWED_BY: Who = lambda side: {"auditor"} | side.it  # noqa: E731
UPLOADER = _only("it_manager")
COUNTERS = _only(
    "agent", "other_agent", "it_manager", "db_manager", "foreign_agent", "foreign_it_manager", "branch_head", "foreign_head",
)  # fmt: skip
PLAN_READERS = _only(
    "agent", "other_agent", "it_manager", "db_manager", "foreign_agent", "foreign_it_manager", "auditor"
)
STAFF_AND_DECIDERS = {
    "agent", "other_agent", "it_manager", "db_manager", "foreign_agent", "foreign_it_manager", "auditor", "director",
    "board", "foreign_director",
}  # fmt: skip
BROKEN_READERS = _only(
    "agent", "other_agent", "it_manager", "db_manager", "foreign_agent", "foreign_it_manager", "auditor", "branch_head",
    "foreign_head",
)  # fmt: skip
ADMINISTRATOR = _only("administrator")
OPERATIONS = _only("it_manager", "administrator")
MIRROR_READERS = _only("it_manager", "administrator", "auditor")
KEEPERS = _only("it_manager", "administrator")
LOOKERS = _only(
    "agent", "other_agent", "it_manager", "db_manager", "foreign_agent", "foreign_it_manager", "administrator"
)
SYSTEM_READERS = _only(
    "agent",
    "other_agent",
    "it_manager",
    "db_manager",
    "foreign_agent",
    "foreign_it_manager",
    "auditor",
    "administrator",
)
GROUP_IT = _only("agent", "other_agent", "it_manager", "db_manager")
GROUP_STAFF = _only("agent", "other_agent", "it_manager", "db_manager", "auditor")
GUARDS = _only("agent", "other_agent", "it_manager", "db_manager", "auditor", "administrator")
WORKERS: Who = lambda side: side.workers  # noqa: E731 - a name for a set of people
MANAGERS: Who = lambda side: side.managers  # noqa: E731
REQUESTER: Who = lambda side: {side.requester}  # noqa: E731
IT: Who = lambda side: side.it  # noqa: E731
UAT_WRITERS: Who = lambda side: {side.requester} | side.workers  # noqa: E731
AUDITORS = _only("auditor", "it_manager", "foreign_it_manager", "board")
BACKUP_READERS = _only(
    "agent",
    "other_agent",
    "it_manager",
    "db_manager",
    "auditor",
    "director",
    "board",
    "administrator",
)
RESTORERS = _only("it_manager", "db_manager")
IT_MANAGER = _only("it_manager")
RECEIVERS = _only("it_manager", "foreign_it_manager")

IT_ANYWHERE = _only("agent", "other_agent", "it_manager", "db_manager", "foreign_agent", "foreign_it_manager")

WHOLE: Who = lambda side: side.it | {"auditor"}  # noqa: E731 - whoever reads all that is written about a branch
AGENT_READERS = _only(
    "agent", "other_agent", "it_manager", "db_manager", "auditor", "foreign_agent", "foreign_it_manager"
)
AGENT_KEEPERS = _only("it_manager", "foreign_it_manager", "administrator")
KEY_HOLDERS: Who = lambda side: side.managers | {"administrator"}  # noqa: E731 - a name for a set of people
OF_CASES = {"approvals:for_case", "approvals:case_file", "approvals:case_file_pdf", "clocks:for_case"}
RULES = [{"when": {}, "steps": [{"roles": ["director"], "people": [], "quorum": "one"}]}]

PAGES: dict[str, Route] = {
    "portal:home": Route(),
    "portal:operations": Route(sees=OPERATIONS),
    "portal:retry_delivery": Route("delivery", OPERATIONS, OPERATIONS, shows=False),
    "portal:retry_paper": Route("paper", OPERATIONS, OPERATIONS, shows=False),
    "portal:retry_mail": Route("mail", OPERATIONS, OPERATIONS, shows=False),
    "portal:mailbox": Route(sees=_only()),
    "portal:letter": Route(sees=_only(), rest=("1-1",)),
    "tickets:list": Route(),
    "tickets:export": Route(rest=("csv",)),
    "tickets:board": Route(does=lambda side: EVERYBODY),
    "tickets:calendar": Route(),
    "tickets:save_view": Route(does=lambda side: EVERYBODY),
    "tickets:saved_view": _own("view"),
    "tickets:new": Route(does=lambda side: EVERYBODY),
    "tickets:draft": _own("draft", 1),
    "tickets:discard": _own("draft"),
    "tickets:similar": Route("draft", lambda side: {side.requester}),
    "tickets:guides": Route(),
    "tickets:guide": Route("guide"),
    "tickets:helped": Route("guide", does=lambda side: EVERYBODY, shows=False),
    "tickets:phone": Route(sees=IT_ANYWHERE, does=IT_ANYWHERE),
    "tickets:callers": Route(sees=IT_ANYWHERE),
    "tickets:file": _reads("file", _case),
    "tickets:small": _reads("file", _case, shows=False),
    "tickets:detach": _own("draft_file", shows=False),
    "tickets:detail": _reads("ticket", _case),
    "tickets:timeline": _reads("ticket", _case),
    "tickets:accept": _verb("ticket", MANAGERS),
    "tickets:reject": _verb("ticket", MANAGERS),
    "tickets:assign": _verb("ticket", MANAGERS),
    "tickets:prioritise": _verb("ticket", MANAGERS),
    "tickets:reclassify": _verb("ticket", MANAGERS),
    "tickets:start": _verb("ticket", WORKERS),
    "tickets:hand-over": _verb("ticket", WORKERS),
    "tickets:estimate": _verb("ticket", WORKERS),
    "tickets:confirm": _verb("ticket", REQUESTER),
    "tickets:send-back": _verb("ticket", REQUESTER),
    "tickets:cancel": _verb("ticket", lambda side: {side.requester} | side.managers),
    "tickets:answer": _verb("ticket", _writers),
    "tickets:note": _verb("ticket", IT),
    "tickets:triage": Route(sees=RECEIVERS, does=RECEIVERS),
    "tickets:ask-back": _verb("ticket", WORKERS),
    "tickets:plan": _verb("ticket", WORKERS),
    "tickets:escalate": _verb("ticket", WORKERS),
    "tickets:take": _verb("ticket", _nobody),  # it was not given to a team
    "tickets:merge": _verb("ticket", MANAGERS),
    "tickets:split": _verb("ticket", IT),
    "tickets:tie": _verb("ticket", IT),
    "tickets:name-asset": _verb("ticket", IT),
    "tickets:unname-asset": _verb("ticket", IT),
    "tickets:assets": Route("ticket", _case),
    "tickets:broken": Route(sees=BROKEN_READERS),
    "tickets:broken-export": Route(sees=BROKEN_READERS, rest=("csv",)),
    "tickets:untie": _verb("ticket", IT),
    "tickets:adopt": _verb("ticket", IT),
    "tickets:disown": _verb("ticket", IT),
    "tickets:add-watcher": _verb("ticket", IT),
    "tickets:reopen": _verb("ticket", REQUESTER),
    "tickets:rate": _verb("ticket", REQUESTER),
    "tickets:around": _reads("ticket", _case),
    "tickets:canned": Route("ticket", _case, reading_is_acting=True, draws=IT),
    "tickets:unsent": Route("ticket", _case, _writers, shows=False),
    "tickets:people": Route("ticket", _case, reading_is_acting=True, draws=_writers),
    "tickets:watch": Route("ticket", _case, _writers, shows=False),
    "tickets:presence": Route("ticket", _case, IT),
    "tickets:edit": _verb("comment", REQUESTER),
    "devflow:list": Route(),
    "devflow:board": Route(does=lambda side: EVERYBODY, fields=(("move", "x"),)),
    "devflow:timeline": Route(),
    "devflow:capacity": Route(sees=RECEIVERS),
    "devflow:audit": Route(sees=AUDITORS),
    "devflow:audit-report": Route(sees=AUDITORS, rest=("together",)),
    "devflow:audit-export": Route(sees=AUDITORS, rest=("lowered", "csv")),
    "devflow:for_ticket": _reads("ticket", _case),
    "devflow:plan": _verb("request", WORKERS),
    "devflow:start": _verb("request", WORKERS),
    "devflow:hours": _verb("request", IT),
    "devflow:build": _verb("request", WORKERS),
    "devflow:brm": _verb("request", lambda side: {side.requester} | side.workers),
    "devflow:deploy-trial": _verb("build", WORKERS),
    "devflow:deploy-training": _verb("build", WORKERS),
    "devflow:deploy-production": _verb("build", MANAGERS),
    "devflow:deploy-roll-back": _verb("build", MANAGERS),
    "devflow:deploy-emergency": _verb("build", WORKERS),
    "devflow:deploy-agree": _verb("build", _nobody),
    "devflow:agree-challenge": _verb("build", _nobody),
    "devflow:deploy-review": _verb("build", MANAGERS),
    "devflow:emergencies": Route(),
    "devflow:timer": _verb("request", IT),
    "devflow:timer-stop": _verb("request", IT),
    "devflow:prepare": _verb("request", WORKERS),
    "devflow:checklist": _verb("request", IT),
    "devflow:commit": _verb("request", IT),
    "devflow:hold": _verb("request", WORKERS),
    "devflow:resume": _verb("request", WORKERS),
    "devflow:end": _verb("request", MANAGERS),
    "devflow:deploy-give-release": _verb("build", MANAGERS),
    "devflow:withdraw-release": _verb("release", MANAGERS),
    "devflow:take-back-hours": _verb("hour_entry", WORKERS),
    "devflow:systems": Route(),
    "devflow:new-system": Route(does=KEEPERS, reading_is_acting=True),
    "devflow:system": Route("system"),
    "devflow:edit-system": Route("system", does=KEEPERS, reading_is_acting=True),
    "devflow:notes": Route("system"),
    "devflow:notes-file": Route("system"),
    "devflow:windows": Route("system", sees=SYSTEM_READERS),
    "devflow:add-when": Route("system", does=KEEPERS, reading_is_acting=True, rest=("window",)),
    "devflow:windows-all": Route(sees=SYSTEM_READERS),
    "devflow:add-when-all": Route(does=KEEPERS, reading_is_acting=True, rest=("freeze",)),
    "devflow:end-when": Route("window", sees=SYSTEM_READERS, does=KEEPERS, reading_is_acting=True),
    "devflow:look": Route(
        "system", sees=SYSTEM_READERS, does=LOOKERS, reading_is_acting=True, rest=("trial",)
    ),
    "devflow:server": Route("system", does=KEEPERS, reading_is_acting=True, rest=("trial",)),
    "inventory:list": Route(),
    "inventory:export": Route(rest=("csv",)),
    "inventory:new": Route(does=IT_ANYWHERE, reading_is_acting=True),
    "inventory:scan": Route(),
    "inventory:labels": Route(
        shows=False, finds=lambda side: EVERYBODY - {"director", "board", "administrator", "nobody"}
    ),
    "inventory:verification": Route(),
    "inventory:rooms": Route(),
    "inventory:new-room": Route(does=IT_ANYWHERE, reading_is_acting=True),
    "inventory:room": Route("room", KEPT_BY, IT, reading_is_acting=True),
    "inventory:tagged": Route("asset", KEPT_BY, shows=False),
    "inventory:of_person": Route("holder"),
    "tickets:about_asset": Route("asset", KEPT_BY),
    "inventory:file": _reads("asset_file", KEPT_BY),
    "inventory:small": _reads("asset_file", KEPT_BY, shows=False),
    "inventory:asset": _reads("asset", KEPT_BY),
    "inventory:mine": Route(),
    "inventory:handovers": Route(),
    "inventory:hand-over": Route(does=IT_ANYWHERE, reading_is_acting=True),
    "inventory:take-back": Route(
        "holder", lambda side: side.people | STAFF_AND_DECIDERS, IT_ANYWHERE, reading_is_acting=True
    ),
    "inventory:detail": _reads("handover", lambda side: {side.requester, side.head, "auditor"} | side.it),
    "inventory:person": Route("holder", lambda side: side.people | STAFF_AND_DECIDERS),
    "inventory:types": Route(sees=KEEPERS),
    "inventory:new-type": Route(does=KEEPERS, reading_is_acting=True),
    "inventory:type": Route("asset_type", does=KEEPERS, reading_is_acting=True),
    "inventory:imports": Route(does=IT_ANYWHERE, reading_is_acting=True),
    "inventory:import": Route("job", UPLOADER, UPLOADER),
    "inventory:import-wrong": _reads("job", UPLOADER, "csv"),
    "inventory:import-run": _verb("job", UPLOADER, UPLOADER),
    "inventory:import-cancel": _verb("job", UPLOADER, UPLOADER),
    "inventory:software": Route(sees=PLAN_READERS),
    "inventory:software-title": _reads("software_title", PLAN_READERS),
    "inventory:software-export": _reads("software_title", PLAN_READERS, "csv"),
    "inventory:renewables": Route(sees=PLAN_READERS),
    "inventory:new-renewable": Route(sees=PLAN_READERS, does=IT_ANYWHERE, reading_is_acting=True),
    "inventory:new-certificate": Route(sees=PLAN_READERS, does=IT_ANYWHERE, reading_is_acting=True),
    "inventory:renewable-certificate": _verb("certificate", IT, RENEWED_BY),
    "inventory:renewable": _reads("renewable", RENEWED_BY),
    **{
        f"inventory:{name}": _verb("renewable", IT, RENEWED_BY)
        for name in ("change-renewable", "renewable-renew", "renewable-attach", "renewable-end")
    },
    "inventory:document": _reads("renewable_file", RENEWED_BY),
    "inventory:takes": Route(),
    "inventory:count-worker": Route(),
    "inventory:new-take": Route(does=COUNTERS, reading_is_acting=True),
    "inventory:take": _reads("take", COUNTED_BY),
    "inventory:count": _verb("take", VERIFIERS, COUNTED_BY),
    "inventory:sign-take": _verb("counted", lambda side: {side.head}, COUNTED_BY),
    "inventory:sign-challenge": Route("counted", COUNTED_BY, lambda side: {side.head}, shows=False),
    "inventory:take-end": _verb("take", VERIFIERS, COUNTED_BY),
    "inventory:take-cancel": _verb("take", VERIFIERS, COUNTED_BY),
    "inventory:take-reopen": _verb("counted", VERIFIERS, COUNTED_BY),
    "inventory:maintenance": Route(),
    "inventory:calendar": Route(),
    "inventory:ics": Route(),
    "inventory:plans": Route(),
    "inventory:new-plan": Route(does=RECEIVERS, reading_is_acting=True),
    "inventory:plan": Route("plan", PLAN_READERS, _only("it_manager"), reading_is_acting=True),
    "inventory:end-plan": Route("plan", PLAN_READERS, _only("it_manager"), reading_is_acting=True),
    "inventory:task": Route("task", COUNTED_BY, IT),
    "inventory:task-reassign": _verb("task", IT, COUNTED_BY),
    "inventory:task-drop": _verb("task", IT, COUNTED_BY),
    **{
        f"inventory:{name}": _verb("asset", IT, KEPT_BY)
        for name in ("change", "put-in-use", "put-in-stock", "send-to-repair", "declare-lost", "retire")
    },
    **{f"inventory:{name}": _verb("asset", VERIFIERS, KEPT_BY) for name in ("verify", "attach")},
    "approvals:list": Route(),
    "approvals:for_case": Route("ticket"),
    "approvals:detail": _reads("brm", _case),
    "approvals:edit": Route(  # everyone who writes the form reads it; the results are the tester's alone (SOP-A6)
        "uat",
        _form_readers,
        REQUESTER,
        reading_is_acting=True,
        draws=lambda side: {side.requester, side.worker} | side.managers,
    ),
    "approvals:scenario": _verb(
        "uat", lambda side: {side.requester, side.worker} | side.managers, _form_readers
    ),
    "approvals:take-scenarios": _verb("uat", WORKERS, _form_readers),
    "approvals:keep-scenarios": _verb("uat", WORKERS, _form_readers),
    "approvals:tester": _verb("uat", REQUESTER, _form_readers),
    "approvals:remove-scenario": Route("uat", _form_readers, UAT_WRITERS, shows=False),
    "approvals:file": _reads("form_file", _form_readers),
    "approvals:detach": Route("form_file", _form_readers, UAT_WRITERS, shows=False),
    "approvals:challenge": Route("brm", _case, lambda side: side.directors, shows=False),
    "approvals:withdraw": _verb("uat", lambda side: {side.requester} | side.it, _form_readers),
    "approvals:decide": Route("brm", _case, lambda side: side.directors, shows=False),
    "approvals:ask": _verb("brm", lambda side: side.directors),
    "approvals:answer": _verb("brm", lambda side: {side.requester} | side.managers),
    "approvals:supersede": _verb("approved", lambda side: {side.requester} | side.it),
    "approvals:policies": Route(),
    "approvals:new-policy": Route(does=ADMINISTRATOR, rest=("brm",), reading_is_acting=True),
    "approvals:policy": Route("approval_policy"),
    "approvals:document": _reads("approved", _case),
    "approvals:certificate": _reads("approved", _case),
    "approvals:case_file": Route("ticket", WHOLE, WHOLE),
    "approvals:case_file_pdf": Route("ticket", WHOLE, shows=False, finds=_only("it_manager")),
    "clocks:list": Route(),
    "clocks:new-policy": Route(does=ADMINISTRATOR, reading_is_acting=True),
    "clocks:return-policy": Route("own_policy", does=ADMINISTRATOR, reading_is_acting=True),
    "clocks:calendars": Route(),
    "clocks:new-calendar": Route(does=ADMINISTRATOR, reading_is_acting=True),
    "clocks:calendar": Route("calendar"),
    "clocks:publish": Route("calendar", does=ADMINISTRATOR, reading_is_acting=True),
    "clocks:for_case": Route("ticket"),
    "clocks:detail": _reads("clock", _case),
    "clocks:pause": _verb("clock", MANAGERS),
    "clocks:resume": _verb("clock", MANAGERS),
    "notifications:list": Route(),
    "notifications:bell": Route(),
    "notifications:open": _own("note", shows=False),
    "notifications:read_all": Route(does=lambda side: EVERYBODY, shows=False),
    "notifications:preferences": Route(does=lambda side: EVERYBODY),
    "backups:register": Route(sees=BACKUP_READERS),
    "backups:new-target": Route(sees=BACKUP_READERS, does=IT_MANAGER, reading_is_acting=True),
    "backups:target": _reads("backup_target", BACKUP_READERS),
    "backups:edit-target": _verb("backup_target", IT_MANAGER, BACKUP_READERS),
    "backups:add-policy": _verb("backup_target", IT_MANAGER, BACKUP_READERS),
    "backups:ask-run": Route(
        "backup_target", BACKUP_READERS, GROUP_IT, rest=("drill",), reading_is_acting=True
    ),
    "backups:issue-ping": _verb("backup_target", IT_MANAGER, BACKUP_READERS),
    "backups:end-policy": _verb("backup_policy", IT_MANAGER, BACKUP_READERS),
    "backups:new-repository": Route(sees=BACKUP_READERS, does=IT_MANAGER, reading_is_acting=True),
    "backups:repository": _reads("repository", BACKUP_READERS),
    "backups:edit-repository": _verb("repository", IT_MANAGER, BACKUP_READERS),
    "backups:ask-check": _verb("repository", GROUP_IT, BACKUP_READERS),
    "backups:run": _reads("backup_run", BACKUP_READERS),
    "backups:ask-restore": _verb("backup_run", RESTORERS, BACKUP_READERS),
    "backups:files": Route("backup_run", BACKUP_READERS, reading_is_acting=True, draws=RESTORERS),
    "backups:take": Route("snapshot", BACKUP_READERS, RESTORERS, shows=False),
    "backups:reports": Route(sees=BACKUP_READERS),
    "backups:report": _reads("backup_report", BACKUP_READERS),
    "backups:acknowledge": _verb("backup_report", _only("director", "board"), BACKUP_READERS),
    "backups:restore": _reads("restore", BACKUP_READERS),
    "backups:agree-restore": _verb("restore", RESTORERS, BACKUP_READERS),
    "backups:refuse-restore": _verb("restore", RESTORERS, BACKUP_READERS),
    "mailbox:list": Route(sees=GROUP_STAFF),
    "mailbox:status": Route(
        sees=_only("agent", "other_agent", "it_manager", "db_manager", "auditor", "administrator")
    ),
    "mailbox:detail": _reads("letter", GROUP_STAFF),
    "mailbox:raw": _reads("letter", GROUP_STAFF),
    "mailbox:admit": _verb("letter", GROUP_IT, GROUP_STAFF),
    "mailbox:read-again": _verb("letter", GROUP_IT, GROUP_STAFF),
    "mailbox:discard": _verb("letter", GROUP_IT, GROUP_STAFF),
    "monday:index": Route(sees=MIRROR_READERS),
    "monday:settings": Route(sees=MIRROR_READERS, does=ADMINISTRATOR, reading_is_acting=True),
    "monday:board": Route(sees=MIRROR_READERS, does=ADMINISTRATOR, reading_is_acting=True),
    "monday:people": Route(sees=MIRROR_READERS),
    "monday:person": Route(sees=MIRROR_READERS, does=ADMINISTRATOR, reading_is_acting=True),
    "monday:match": Route(sees=MIRROR_READERS, does=ADMINISTRATOR, shows=False),
    "monday:try": Route(sees=MIRROR_READERS, does=ADMINISTRATOR, shows=False),
    "monday:compare": Route(sees=MIRROR_READERS, does=OPERATIONS, shows=False),
    "monday:retry": Route("link", MIRROR_READERS, OPERATIONS, shows=False),
    "monday:resume": Route("link", MIRROR_READERS, OPERATIONS, shows=False),
    "monday:renew": Route("link", MIRROR_READERS, OPERATIONS, shows=False),
    "monday:retry-remark": Route("remark", MIRROR_READERS, OPERATIONS, shows=False),
    "monday:see": Route("difference", MIRROR_READERS, OPERATIONS, shows=False),
    "monday:adopt": Route("stray", MIRROR_READERS, _only("it_manager"), reading_is_acting=True),
    "monday:leave": Route("stray", MIRROR_READERS, OPERATIONS, shows=False),
    "agents:list": Route(sees=AGENT_READERS),
    "agents:security": Route(sees=AGENT_READERS),
    "agents:reports": Route(sees=AGENT_READERS),
    "agents:bring": Route(sees=AGENT_READERS, does=IT_ANYWHERE, reading_is_acting=True),
    "agents:raw": _reads("report", WHOLE),
    "agents:read_again": Route("report", WHOLE, IT, shows=False),
    "agents:keys": Route(sees=AGENT_KEEPERS, does=AGENT_KEEPERS),
    "agents:revoke_key": Route("agent_key", KEY_HOLDERS, KEY_HOLDERS, shows=False),
    "agents:for_asset": Route("ours", WHOLE),
    "agents:machine": _reads("machine", WHOLE),
    "agents:admit": _verb("machine", IT, WHOLE),
    "agents:refuse": _verb("machine", IT, WHOLE),
    "agents:reconsider": _verb("machine", IT, WHOLE),
    "agents:join": _verb("machine", IT, WHOLE),
    "agents:part": _verb("machine", IT, WHOLE),
    "agents:separate": _verb("machine", IT, WHOLE),
    "agents:settle": _verb("machine", IT, WHOLE),
    "events:ledger": Route(sees=_only("agent", "other_agent", "it_manager", "db_manager", "auditor")),
    "events:seals": Route(sees=GUARDS),
    "events:seal": _reads("seal", GUARDS),
    "accounts:substitutes": Route(does=lambda side: EVERYBODY),
    "accounts:factor": Route(shows=False),
    "accounts:tokens": Route(does=lambda side: EVERYBODY),
    "accounts:revoke_token": _own("token", shows=False),
}
# Answer by themselves; nobody's data is in them.
POST_ONLY = {"accounts:preferences", "set_language"}
PUBLIC = {
    "healthz", "readyz", "favicon", "account_login", "account_signup", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done",
    "account_inactive", "account_logout", "api-schema", "api-docs", "mfa_login_webauthn",
    "monday:webhook", "verify:drop", "verify:code", "verify:root", "verify:revocations",
    "agent_door:report",
}  # fmt: skip
# Other routes of django-allauth: one's own account, never a row of somebody else.
ACCOUNT = re.compile(r"^(account|mfa)_")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of both branches lie."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker: Any, media: Path) -> Iterator[World]:
    """Both branches, made once; every request is rolled back."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {database.APP}")
        yield world.make(Cast())
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _files_of_the_world(_own_files: None, settings: Any, media: Path) -> None:
    settings.MEDIA_ROOT = media


@pytest.fixture(scope="module")
def browsers(everything: World) -> dict[str, str]:
    """Everybody, signed in once: the keys of their sessions."""
    found = {STRANGER: ""}
    for name in PEOPLE:
        browser = Client()
        browser.force_login(everything.cast[name])
        found[name] = browser.session.session_key or ""
    return found


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """Thousands of refusals are wanted here; nobody reads their lines."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


class Writes:
    """Statements that changed rows, apart from the visit's own."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", sql) and not re.search(
            r'"(django_session|core_cache)"', sql
        ):
            self.seen.append(sql[:120])
        return execute(sql, params, many, context)


def ask(session: str, method: str, address: str, **facts: Any) -> tuple[Any, list[str]]:
    """One request in somebody's session, undone afterwards; the answer and what it wrote."""
    browser, writes = Client(raise_request_exception=False), Writes()
    if session:
        browser.cookies[django_settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic(), connection.execute_wrapper(writes):
        answer = getattr(browser, method.lower())(address, **facts)
        answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer, writes.seen


def routes() -> dict[str, str]:
    """Every route of the product: its name, its pattern."""
    return dict(_walk(get_resolver().url_patterns, "", ()))


def _walk(patterns: list[Any], start: str, spaces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for found in patterns:
        where = start + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from _walk(
                found.url_patterns, where, (*spaces, found.namespace) if found.namespace else spaces
            )
        elif isinstance(found, URLPattern):
            yield ":".join((*spaces, found.name or where)), where


def _known(name: str, pattern: str) -> bool:
    by_hand = name in PAGES or name in PUBLIC or name in POST_ONLY or pattern == "favicon.ico"
    by_hand = by_hand or name in API or name in API_OF_EVERYBODY
    return by_hand or bool(ACCOUNT.match(name)) or pattern.startswith("admin/")


def test_every_route_is_in_the_matrix() -> None:
    assert [f"{name} ({pattern})" for name, pattern in routes().items() if not _known(name, pattern)] == []
    assert (set(PAGES) | set(API)) - set(routes()) == set(), "the matrix names routes that are gone"


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, everything: World, browsers: dict[str, str]) -> None:
    route, wrong = PAGES[name], []
    for side in (everything.own, everything.foreign) if route.row else (everything.own,):
        for role in ROLES:
            for method in ("GET", "POST"):
                wrong += _judge(name, route, side, role, method, everything, browsers[role])
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def _judge(
    name: str, route: Route, side: Side, role: str, method: str, everything: World, session: str
) -> Iterator[str]:
    address = reverse(name, args=_args(name, route, side))
    answer, writes = ask(session, method, address)
    said = f"{method} {address} ({side.marker}) by {role}: {answer.status_code}"
    expected = _expected(route, side, role, method)
    if answer.status_code not in expected:
        yield f"{said}, expected {sorted(expected)} {_trouble(answer)}"
    if answer.status_code in (302, 403, 404, 405) and role not in _doers(route, side) and writes:
        yield f"{said} and wrote {writes}"
    for readers, secret in everything.own.secrets + everything.foreign.secrets:
        if role not in readers and secret.encode() in answer.body:
            yield f"{said} and shows {secret}"


def _trouble(answer: Any) -> str:
    return repr(answer.exc_info[1])[:200] if getattr(answer, "exc_info", None) else ""


def _args(name: str, route: Route, side: Side) -> list[Any]:
    if name in OF_CASES:
        return ["tickets.ticket", side.ticket.pk]
    if name == "devflow:end-when":
        return ["window", side.window.pk]
    if name == "agents:for_asset":
        return [side.ours.asset_id]
    if name == "inventory:tagged":
        return [side.asset.tag]
    if route.row == "form_file":
        return [side.form_file.approval_id, side.form_file.pk]
    return ([getattr(side, route.row).pk] if route.row else []) + list(route.rest)


def _doers(route: Route, side: Side) -> set[str]:
    return route.does(side) if route.does else set()


def _expected(route: Route, side: Side, role: str, method: str) -> set[int]:
    if method == "POST" and route.does is None:
        return {405} if role != STRANGER else {302, 405}
    if role == STRANGER:
        return {302}
    if role not in route.sees(side):
        return {404}
    doer = role in _doers(route, side)
    if method == "POST":
        return {200, 204, 302, 409, 422} if doer else {403}
    if route.reading_is_acting:
        return {200} if role in (route.draws or route.does or _nobody)(side) else {403}
    return {200} if route.shows or role in route.finds(side) else {302}


# The API: the same people, the same rows ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint needs: `row` in its address, who reads (GET), who acts (POST or PATCH) and what they send.

    `names_rows`: the body names other rows, and one that the caller may not see is 400 before anything else is asked.
    `rest`: what stands in the address besides.
    """

    row: str = ""
    sees: Who = lambda side: EVERYBODY
    gets: bool = False
    posts: Who | None = None
    patches: Who | None = None
    body: Callable[[World, Side], dict[str, Any]] = lambda everything, side: {}
    names_rows: bool = False
    rest: tuple[str, ...] = ()


def _list(**facts: Any) -> Endpoint:
    return Endpoint(gets=True, **facts)


def _act(row: str, posts: Who, sees: Who = _case, **facts: Any) -> Endpoint:
    return Endpoint(row, sees, posts=posts, **facts)


def _says(**fields: Any) -> Callable[[World, Side], dict[str, Any]]:
    return lambda everything, side: fields


def _about(everything: World, side: Side, **fields: Any) -> dict[str, Any]:
    return {"assignee": everything.cast.agent.pk, **fields}


def _other(everything: World, side: Side) -> dict[str, Any]:
    return {"other": side.fresh.pk}


TEXT = _says(text="Because.")
API: dict[str, Endpoint] = {
    "api-me": _list(),
    "branch-list": _list(),
    "person-list": _list(),
    "ticket-list": _list(posts=lambda side: EVERYBODY),
    "ticket-bulk-accept": Endpoint(
        posts=RECEIVERS,
        body=lambda w, s: {"tickets": [w.own.fresh.pk, w.foreign.fresh.pk]} | _about(w, s, priority="high"),
        names_rows=True,
    ),
    "ticket-bulk-reject": Endpoint(
        posts=RECEIVERS, body=lambda w, s: {"tickets": [w.own.fresh.pk, w.foreign.fresh.pk], "text": "Because."}
    ),
    "ticket-bulk-ask-back": Endpoint(
        posts=RECEIVERS, body=lambda w, s: {"tickets": [w.own.fresh.pk, w.foreign.fresh.pk], "text": "Which?"}
    ),
    "ticket-bulk-merge": Endpoint(
        posts=RECEIVERS, body=lambda w, s: {"tickets": [w.own.fresh.pk, w.foreign.fresh.pk]}
    ),
    "guide-list": _list(),
    "guide-detail": Endpoint("guide", gets=True),
    "guide-helped": Endpoint("guide", posts=lambda side: EVERYBODY),
    "saved-list-list": _list(posts=lambda side: EVERYBODY, body=_says(name="New ones", query="status=new")),
    "saved-list-detail": Endpoint("view", REQUESTER, gets=True),
    "saved-list-change": _act("view", REQUESTER, REQUESTER, body=_says(name="Other")),
    "saved-list-delete": _act("view", REQUESTER, REQUESTER),
    "ticket-detail": Endpoint("ticket", _case, gets=True),
    "ticket-accept": _act("ticket", MANAGERS, body=lambda w, s: _about(w, s, priority="high"), names_rows=True),
    "ticket-assign": _act("ticket", MANAGERS, body=_about, names_rows=True),
    "ticket-reclassify": _act("ticket", MANAGERS, body=_says(kind="data_update", reason="Because.")),
    "ticket-prioritise": _act("ticket", MANAGERS, body=_says(priority="low", reason="Because.")),
    "ticket-reject": _act("ticket", MANAGERS, body=TEXT),
    "ticket-start": _act("ticket", WORKERS),
    "ticket-hand-over": _act("ticket", WORKERS, body=TEXT),
    "ticket-estimate": _act("ticket", WORKERS, body=_says(hours="30", reason="Because.")),
    "ticket-confirm": _act("ticket", REQUESTER),
    "ticket-send-back": _act("ticket", REQUESTER, body=TEXT),
    "ticket-cancel": _act("ticket", lambda side: {side.requester} | side.managers),
    "ticket-answer": _act("ticket", _writers, body=TEXT),
    "ticket-note": _act("ticket", IT, body=TEXT),
    "team-list": _list(),
    "ticket-ask-back": _act("ticket", WORKERS, body=TEXT),
    "ticket-plan": _act("ticket", WORKERS, body=_says(start_date="2030-01-01", finish_date=None)),
    "ticket-escalate": _act(
        "ticket", WORKERS, body=lambda w, s: {"team": w.team.pk, "reason": "Because."}, names_rows=True
    ),
    "ticket-take": _act("ticket", _nobody),
    "ticket-merge": _act("ticket", MANAGERS, body=_other, names_rows=True),
    "ticket-split": _act("ticket", IT, body=_says(title="A part", description="Of it.")),
    "ticket-assets": Endpoint("ticket", _case, gets=True),
    "ticket-name-asset": _act("ticket", IT, body=lambda w, s: {"asset": s.asset.pk}, names_rows=True),
    "ticket-unname-asset": _act("ticket", IT, body=lambda w, s: {"asset": s.asset.pk}, names_rows=True),
    "ticket-tie": _act("ticket", IT, body=_other, names_rows=True),
    "ticket-untie": _act("ticket", IT, body=_other, names_rows=True),
    "ticket-adopt": _act("ticket", IT, body=_other, names_rows=True),
    "ticket-disown": _act("ticket", IT),
    "ticket-watch": _act("ticket", _writers),
    "ticket-unwatch": _act("ticket", _writers),
    "ticket-reopen": _act("ticket", REQUESTER, body=TEXT),
    "ticket-rate": _act("ticket", REQUESTER, body=_says(score=4)),
    "ticket-edit-comment": _act("comment", REQUESTER, body=TEXT),
    "ticket-relations": Endpoint("ticket", _case, gets=True),
    "ticket-comments": Endpoint("ticket", _case, gets=True),
    "ticket-timeline": Endpoint("ticket", _case, gets=True),
    "ticket-attachments": Endpoint("ticket", _case, gets=True),
    "ticket-file": Endpoint("ticket", _case, gets=True),
    "asset-list": _list(
        posts=IT, body=lambda w, s: {"type": s.asset.type_id, "branch": s.asset.branch_id}, names_rows=True
    ),
    "asset-detail": Endpoint("asset", KEPT_BY, gets=True, patches=IT, body=_says(serial="X1")),
    "asset-verify": _act("asset", VERIFIERS, KEPT_BY),
    "asset-put-in-use": _act(
        "asset", IT, KEPT_BY, body=lambda w, s: {"branch": s.asset.branch_id, "holder": s.ticket.requester_id, "reason": "New."},
        names_rows=True,
    ),
    **{
        f"asset-{name}": _act("asset", IT, KEPT_BY, body=_says(reason="Because."))
        for name in ("put-in-stock", "send-to-repair", "declare-lost", "retire")
    },
    "asset-timeline": Endpoint("asset", KEPT_BY, gets=True),
    "asset-software": Endpoint("asset", KEPT_BY, gets=True),
    "asset-files": _act("asset", VERIFIERS, KEPT_BY),
    "asset-file": Endpoint("asset", KEPT_BY, gets=True),
    "broken-often-list": _list(sees=BROKEN_READERS),
    "hand-over-list": _list(
        posts=IT, body=lambda w, s: {"person": s.ticket.requester_id, "items": [{"asset": s.asset.pk}]}, names_rows=True
    ),
    "hand-over-returns": Endpoint(
        posts=IT, body=lambda w, s: {"person": s.ticket.requester_id, "items": [{"asset": s.asset.pk}]}, names_rows=True
    ),
    "hand-over-detail": Endpoint(
        "handover", lambda side: {side.requester, side.head, "auditor"} | side.it, gets=True
    ),
    "asset-type-detail": Endpoint("asset_type", patches=KEEPERS, body=_says(icon="device-laptop")),
    "stock-take-list": _list(posts=VERIFIERS, body=lambda w, s: {"branch": s.asset.branch_id, "room": s.room.pk}, names_rows=True),
    "stock-take-detail": Endpoint("take", COUNTED_BY, gets=True),
    "stock-take-lines": Endpoint("take", COUNTED_BY, gets=True),
    "stock-take-scan": _act(
        "take", VERIFIERS, COUNTED_BY, body=lambda w, s: {"key": "5b5a1c1e-0000-4000-8000-000000000001", "code": s.asset.tag}
    ),
    "stock-take-end": _act("take", VERIFIERS, COUNTED_BY),
    "stock-take-cancel": _act("take", VERIFIERS, COUNTED_BY, body=_says(reason="Because.")),
    "stock-take-reopen": _act("counted", VERIFIERS, COUNTED_BY, body=_says(reason="Because.")),
    "stock-take-sign-challenge": _act("counted", lambda side: {side.head}, COUNTED_BY),
    "stock-take-sign": _act(
        "counted", lambda side: {side.head}, COUNTED_BY,
        body=lambda w, s: {"shown": s.counted.content_hash, "name": w.cast[s.head].name, "password": PASSWORD},
    ),
    "maintenance-plan-list": _list(
        posts=_only("it_manager"),
        body=lambda w, s: {"name": "New", "type": s.asset.type_id, "lines": [{"text": "Dust"}], "workers": [w.cast.agent.pk]},
        names_rows=True,
    ),
    "maintenance-plan-detail": Endpoint(
        "plan", PLAN_READERS, patches=_only("it_manager"), body=_says(times_a_month=2)
    ),
    "verification-list": _list(),
    "maintenance-plan-end": Endpoint("plan", PLAN_READERS, posts=_only("it_manager")),
    "maintenance-list": _list(),
    "maintenance-detail": Endpoint("task", COUNTED_BY, gets=True),
    "maintenance-finish": _act("task", IT, COUNTED_BY, body=_says(answers=[{"answer": "ok"}, {"value": "60"}])),
    "maintenance-drop": _act("task", IT, COUNTED_BY, body=_says(reason="Because.")),
    "maintenance-reassign": _act(
        "task", IT, COUNTED_BY, body=lambda w, s: {"assignee": w.cast.agent.pk}, names_rows=True
    ),
    "room-list": _list(
        posts=IT, body=lambda w, s: {"branch": s.asset.branch_id, "name": "New"}, names_rows=True
    ),
    "room-detail": Endpoint("room", KEPT_BY, patches=IT, body=_says(name="Other")),
    "asset-import-list": _list(posts=IT_ANYWHERE),
    "asset-import-detail": Endpoint("job", UPLOADER, gets=True),
    "asset-import-problems": Endpoint("job", UPLOADER, gets=True),
    "asset-import-check": _act("job", UPLOADER, UPLOADER, body=_says(mapping=["tag", "name"])),
    "asset-import-run": _act("job", UPLOADER, UPLOADER),
    "asset-import-cancel": _act("job", UPLOADER, UPLOADER),
    "software-title-list": _list(),
    "software-title-detail": Endpoint("software_title", PLAN_READERS, gets=True),
    "software-title-versions": Endpoint("software_title", PLAN_READERS, gets=True),
    "renewable-list": _list(
        posts=IT, body=lambda w, s: {"kind": "contract", "name": "New", "branch": s.asset.branch_id}, names_rows=True
    ),
    "renewable-detail": Endpoint("renewable", RENEWED_BY, gets=True, patches=IT, body=_says(note="Other.")),
    "renewable-certificate": Endpoint(posts=IT_ANYWHERE),
    "renewable-new-certificate": _act("certificate", IT, RENEWED_BY),
    "renewable-renew": _act("renewable", IT, RENEWED_BY, body=_says(ends_date="2040-01-01")),
    "renewable-end": _act("renewable", IT, RENEWED_BY, body=_says(reason="Because.")),
    "renewable-files": _act("renewable", IT, RENEWED_BY),
    "renewable-file": Endpoint("renewable", RENEWED_BY, gets=True),
    "asset-type-list": _list(posts=KEEPERS, body=_says(name="Drone", prefix="DR")),
    "installation-list": _list(),
    "system-list": _list(
        posts=KEEPERS, body=lambda w, s: {"name": "New", "owners": [w.cast.agent.pk]}
    ),
    "system-detail": Endpoint("system", gets=True, patches=KEEPERS, body=_says(description="Other.")),
    "system-servers": Endpoint("system", posts=KEEPERS, body=_says(kind="trial", name="Alpha")),
    "system-notes": Endpoint("system", gets=True),
    "system-look": Endpoint("system", sees=SYSTEM_READERS, posts=LOOKERS, body=_says(kind="trial")),
    "system-now": Endpoint("system", gets=True),
    "release-window-list": _list(
        posts=KEEPERS, body=_says(days=[6], opens="20:00", closes="23:00")
    ),
    "release-window-end": Endpoint("window", SYSTEM_READERS, posts=KEEPERS),
    "freeze-list": _list(posts=KEEPERS, body=_says(reason="Closing", last_days=2)),
    "freeze-end": Endpoint("freeze", SYSTEM_READERS, posts=KEEPERS),
    "release-list": _list(posts=MANAGERS, body=lambda w, s: {"build": s.build.pk}, names_rows=True),
    "release-withdraw": _act("release", MANAGERS),
    "development-list": _list(),
    "development-board-list": _list(),
    "development-timeline-list": _list(),
    "development-capacity-list": _list(sees=RECEIVERS),
    "development-report-list": _list(sees=AUDITORS),
    "development-report-detail": _list(sees=AUDITORS, rest=("together",)),
    "development-detail": Endpoint("request", _case, gets=True),
    "development-plan": _act("request", WORKERS, body=lambda w, s: {"system": s.request.system_id}, names_rows=True),
    "development-start": _act("request", WORKERS),
    "development-hold": _act("request", WORKERS, body=_says(reason="It waits for the vendor.")),
    "development-resume": _act("request", WORKERS),
    "development-end": _act("request", MANAGERS, body=_says(reason="Bought instead.")),
    "development-timer": _act("request", IT),
    "development-timer-stop": _act("request", IT, body=_says(note="worked")),
    "development-prepare": _act("request", WORKERS, body=_says(risks={}, rollback_plan="The one before.")),
    "development-checklist": Endpoint("request", _case, gets=True, posts=IT, body=_says(new=["Print"])),
    "development-commits": Endpoint("request", _case, gets=True, posts=IT, body=_says(commit="abcdef1")),
    "development-open-brm": _act("request", lambda side: {side.requester} | side.workers),
    "development-hours": Endpoint(
        "request", _case, gets=True, posts=IT, body=_says(day="2026-01-05", hours="1", note="worked")
    ),
    "booked-hours-detail": Endpoint("hour_entry", _case, gets=True),
    "booked-hours-take-back": _act("hour_entry", WORKERS, body=_says(reason="It was 1.5.")),
    "development-builds": Endpoint("request", _case, gets=True, posts=WORKERS, body=_says(version="9.9")),
    "deployment-list": _list(
        posts=WORKERS, body=lambda w, s: {"build": s.build.pk, "environment": "trial"}, names_rows=True
    ),
    "build-detail": Endpoint("build", _case, gets=True),
    "build-emergency": _act("build", WORKERS, body=_says(reason="Payroll is today.")),
    "build-agree": _act("build", _nobody, body=_says(shown_hash="0" * 64)),
    "build-agree-challenge": _act("build", _nobody),
    "build-review": _act("build", MANAGERS, body=_says(review="A test was missing.")),
    "build-roll-back": _act("build", MANAGERS, body=_says(reason="It counts twice.")),
    "approval-list": _list(),
    "approval-detail": Endpoint(
        "brm", _case, gets=True, patches=lambda side: {side.requester} | side.managers,
        body=_says(content={"risk": "None."}, version=1),
    ),
    "approval-scenarios": _act(
        "uat", lambda side: {side.requester, side.worker} | side.managers, _form_readers,
        body=_says(scenarios=[{"name": "Print"}]),
    ),
    "approval-results": _act("uat", REQUESTER, _form_readers, body=_says(results=[{"result": "passed"}] * 2)),
    "approval-attach": _act("brm", lambda side: {side.requester} | side.managers),
    "approval-evidence": _act("uat", UAT_WRITERS, _form_readers),
    "approval-file": Endpoint("form_file", _form_readers, gets=True),
    "approval-detach": _act("form_file", UAT_WRITERS, _form_readers),
    "approval-remove-scenario": _act(
        "uat", UAT_WRITERS, _form_readers, body=_says(number=0, version=1)
    ),
    "approval-tester": _act(
        "uat", REQUESTER, _form_readers, body=lambda w, s: {"tester": w.cast[s.requester].pk}, names_rows=True
    ),
    "approval-keep-scenarios": _act("uat", WORKERS, _form_readers, body=_says(name="Print")),
    "approval-take-scenarios": _act(
        "uat", WORKERS, _form_readers, body=_says(scenarios=0), names_rows=True
    ),
    "approval-scenario-sets": Endpoint("uat", _form_readers, gets=True),
    "approval-challenge": _act("brm", lambda side: side.directors),
    "approval-submit": _act("uat", REQUESTER, _form_readers),
    "approval-withdraw": _act("uat", lambda side: {side.requester} | side.it, _form_readers),
    "approval-decide": _act(
        "brm", lambda side: side.directors,
        body=lambda w, s: {
            "outcome": "approve", "secret": PASSWORD, "drawing": DRAWN, "shown_hash": s.brm.content_hash,
            "consent_version": CONSENT_VERSION,
        },
    ),
    "approval-ask": _act("brm", lambda side: side.directors, body=TEXT),
    "approval-answer": _act("brm", lambda side: {side.requester} | side.managers, body=TEXT),
    "approval-supersede": _act(
        "approved", lambda side: {side.requester} | side.it, body=_says(reason="It costs twice as much.")
    ),
    "approval-policy-list": _list(posts=ADMINISTRATOR, body=_says(kind="brm", rules=RULES, note="Next")),
    "approval-policy-detail": Endpoint("approval_policy", gets=True),
    "approval-policy-preview": Endpoint(
        posts=_only("administrator", "it_manager", "foreign_it_manager"),
        body=lambda w, s: {"kind": "brm", "rules": RULES, "hours": "30", "branch": s.ticket.branch_id},
    ),
    "approval-document": Endpoint("approved", _case, gets=True),
    "approval-certificate": Endpoint("approved", _case, gets=True),
    "case-file-list": _list(
        posts=WHOLE, body=lambda w, s: {"case_id": s.ticket.pk}
    ),
    "case-file-detail": Endpoint("case_file", _only("it_manager"), gets=True),
    "case-file-document": Endpoint("case_file", _only("it_manager"), gets=True),
    "monday-list": _list(sees=MIRROR_READERS),
    "monday-settings": _act("", ADMINISTRATOR, body=_says(is_active=False)),
    "monday-try": _act("", ADMINISTRATOR),
    "monday-board": _act("", ADMINISTRATOR, body=_says(board_id="17")),
    "monday-compare": _act("", OPERATIONS),
    "monday-remark-list": _list(),
    "monday-remark-detail": Endpoint("remark", MIRROR_READERS, gets=True),
    "monday-remark-retry": _act("remark", OPERATIONS, MIRROR_READERS),
    "monday-link-list": _list(),
    "monday-link-detail": Endpoint("link", MIRROR_READERS, gets=True),
    "monday-link-retry": _act("link", OPERATIONS, MIRROR_READERS),
    "monday-link-resume": _act("link", OPERATIONS, MIRROR_READERS),
    "monday-link-renew": _act("link", OPERATIONS, MIRROR_READERS),
    "monday-finding-list": _list(),
    "monday-finding-detail": Endpoint("difference", MIRROR_READERS, gets=True),
    "monday-finding-seen": _act("difference", OPERATIONS, MIRROR_READERS),
    "monday-person-list": Endpoint(
        gets=True, posts=ADMINISTRATOR, body=lambda w, s: {"user": w.cast.agent.pk, "monday_id": "17"}, names_rows=True
    ),
    "monday-person-match": _act("", ADMINISTRATOR),
    "monday-card-list": _list(),
    "monday-card-detail": Endpoint("stray", MIRROR_READERS, gets=True),
    "monday-card-adopt": _act("stray", _only("it_manager"), MIRROR_READERS),
    "monday-card-leave": _act("stray", OPERATIONS, MIRROR_READERS),
    "backup-target-list": _list(posts=IT_MANAGER),
    "backup-target-detail": Endpoint("backup_target", BACKUP_READERS, gets=True, patches=IT_MANAGER),
    "backup-target-run": _act("backup_target", GROUP_IT, BACKUP_READERS, body=_says(kind="drill")),
    "backup-target-reporting": _act("backup_target", IT_MANAGER, BACKUP_READERS),
    "backup-repository-list": _list(posts=IT_MANAGER),
    "backup-repository-detail": Endpoint("repository", BACKUP_READERS, gets=True, patches=IT_MANAGER),
    "backup-repository-check": _act("repository", GROUP_IT, BACKUP_READERS),
    "backup-policy-list": _list(posts=IT_MANAGER),
    "backup-policy-detail": Endpoint("backup_policy", BACKUP_READERS, gets=True),
    "backup-policy-end": _act("backup_policy", IT_MANAGER, BACKUP_READERS),
    "backup-run-list": _list(),
    "backup-run-detail": Endpoint("backup_run", BACKUP_READERS, gets=True),
    "backup-run-restore": _act("backup_run", RESTORERS, BACKUP_READERS, body=_says(reason="A mistake.")),
    "backup-run-take": _act(
        "backup_run", RESTORERS, BACKUP_READERS, body=lambda w, s: {"snapshot": s.snapshot.pk, "path": "/a.txt"}
    ),
    "backup-report-list": _list(),
    "backup-report-detail": Endpoint("backup_report", BACKUP_READERS, gets=True),
    "backup-report-acknowledge": _act("backup_report", _only("director", "board"), BACKUP_READERS),
    "restore-list": _list(),
    "restore-detail": Endpoint("restore", BACKUP_READERS, gets=True),
    "restore-agree": _act("restore", RESTORERS, BACKUP_READERS),
    "restore-refuse": _act("restore", RESTORERS, BACKUP_READERS, body=_says(reason="Not now.")),
    "message-list": _list(),
    "message-detail": Endpoint("letter", GROUP_STAFF, gets=True),
    "message-raw": Endpoint("letter", GROUP_STAFF, gets=True),
    "message-admit": _act(
        "letter", GROUP_IT, GROUP_STAFF, body=lambda w, s: {"person": w.cast[s.requester].pk}, names_rows=True
    ),
    "message-read-again": _act("letter", GROUP_IT, GROUP_STAFF),
    "message-discard": _act("letter", GROUP_IT, GROUP_STAFF, body=TEXT),
    "machine-list": _list(),
    "machine-security": Endpoint(gets=True),
    "machine-detail": Endpoint("machine", WHOLE, gets=True),
    "machine-admit": _act("machine", IT, WHOLE, body=lambda w, s: {"type": s.ours.asset.type_id}),
    "machine-refuse": _act("machine", IT, WHOLE, body=_says(reason="Because.")),
    "machine-reconsider": _act("machine", IT, WHOLE, body=_says(reason="Because.")),
    "machine-join": _act("machine", IT, WHOLE, body=lambda w, s: {"other": s.ours.pk, "reason": "Because."}),
    "machine-part": _act("machine", IT, WHOLE, body=_says(reason="Because.")),
    "machine-separate": _act(
        "machine", IT, WHOLE, body=lambda w, s: {"identity": s.machine.identities.get().pk, "reason": "Because."}
    ),
    "machine-settle": _act("machine", IT, WHOLE, body=_says(reason="Because.")),
    "finding-list": _list(),
    "agent-report-list": _list(posts=IT_ANYWHERE),
    "agent-report-detail": Endpoint("report", WHOLE, gets=True),
    "agent-report-raw": Endpoint("report", WHOLE, gets=True),
    "agent-report-read-again": _act("report", IT, WHOLE),
    "agent-key-list": _list(
        posts=_only("it_manager", "administrator"), body=lambda w, s: {"branch": s.ticket.branch_id}
    ),
    "agent-key-revoke": _act("agent_key", KEY_HOLDERS, KEY_HOLDERS),
    "seal-list": _list(),
    "seal-detail": Endpoint("seal", GUARDS, gets=True),
    "seal-state": Endpoint(sees=GUARDS, gets=True),
    "clock-list": _list(),
    "clock-detail": Endpoint("clock", _case, gets=True),
    "clock-pause": _act("clock", MANAGERS, body=_says(reason="Because.")),
    "clock-resume": _act("clock", MANAGERS),
    "calendar-list": _list(
        posts=ADMINISTRATOR, body=_says(name="New", segments={"0": [["08:00", "12:00"]]}, note="First")
    ),
    "calendar-detail": Endpoint("calendar", gets=True),
    "calendar-publish": Endpoint(
        "calendar", posts=ADMINISTRATOR, body=_says(segments={"0": [["08:00", "12:00"]]}, note="Next")
    ),
    "promise-list": _list(posts=ADMINISTRATOR, body=_says(promise="response", seconds=3600)),
    "promise-return": Endpoint(
        posts=ADMINISTRATOR, body=lambda w, s: {"promise": "response", "branch": s.ticket.branch_id}
    ),
    "notification-list": _list(),
    "notification-read": _act("note", REQUESTER, REQUESTER),
    "notification-read-all": Endpoint(posts=lambda side: EVERYBODY),
    "notification-preferences": Endpoint(gets=True, patches=lambda side: EVERYBODY),
}  # fmt: skip
API_OF_EVERYBODY = {
    "api-schema", "api-docs", "api-missing", "api-ping", "api-ping-start", "api-ping-success", "api-ping-fail",
    "api-backups-alive",
}  # fmt: skip
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


@pytest.mark.parametrize("name", API)
def test_endpoint(name: str, everything: World, browsers: dict[str, str]) -> None:
    endpoint, wrong = API[name], []
    by_side = (endpoint.row and endpoint.row != "system") or endpoint.names_rows
    for side in (everything.own, everything.foreign) if by_side else (everything.own,):
        for role in ROLES:
            for method in _tried(endpoint, role):
                wrong += _judge_api(name, endpoint, side, role, method, everything, browsers[role])
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def _tried(endpoint: Endpoint, role: str) -> tuple[str, ...]:
    """Every verb that exists, by everybody; the others by one of each kind."""
    if role in (STRANGER, "requester", "it_manager"):
        return METHODS
    there = {"GET": endpoint.gets, "POST": endpoint.posts, "PATCH": endpoint.patches}
    return tuple(method for method, found in there.items() if found)


def _judge_api(
    name: str, endpoint: Endpoint, side: Side, role: str, method: str, everything: World, session: str
) -> Iterator[str]:
    address = reverse(name, args=_api_args(name, endpoint, side))
    body = (
        {}
        if method == "GET"
        else {"data": endpoint.body(everything, side), "content_type": "application/json"}
    )
    answer, writes = ask(session, method, address, **body)
    said = f"{method} {address} ({side.marker}) by {role}: {answer.status_code}"
    expected = _api_expected(endpoint, side, role, method)
    if answer.status_code not in expected:
        yield f"{said}, expected {sorted(expected)} {_trouble(answer)} {answer.body[:200]!r}"
    if answer.status_code in (401, 403, 404, 405) and writes:
        yield f"{said} and wrote {writes}"
    if answer.status_code >= 400 and not answer["Content-Type"].startswith("application/problem+json"):
        yield f"{said} is no problem+json but {answer['Content-Type']}"
    for readers, secret in everything.own.secrets + everything.foreign.secrets:
        if role not in readers and secret.encode() in answer.body:
            yield f"{said} and shows {secret}"


def _api_args(name: str, endpoint: Endpoint, side: Side) -> list[Any]:
    if name == "asset-file":
        return [side.asset.pk, side.asset_file.pk]
    if name == "renewable-file":
        return [side.renewable.pk, side.renewable_file.pk]
    if name == "ticket-file":
        return [side.ticket.pk, side.file.pk]
    if endpoint.row == "form_file":
        return [side.form_file.approval_id, side.form_file.pk]
    if name == "ticket-edit-comment":
        return [side.ticket.pk, side.comment.pk]
    if endpoint.row == "system":
        return [side.request.system_id]
    return [getattr(side, endpoint.row).pk] if endpoint.row else list(endpoint.rest)


def _api_expected(endpoint: Endpoint, side: Side, role: str, method: str) -> set[int]:
    allowed = {
        "GET": endpoint.sees if endpoint.gets else None,  # without a row: who gets it, others 403
        "POST": endpoint.posts,
        "PATCH": endpoint.patches,
    }
    if role == STRANGER:
        return {401}
    doers = allowed.get(method)
    if doers is None:
        return {405}
    also = {400} if endpoint.names_rows else set()
    if endpoint.row and role not in endpoint.sees(side):
        return {404} | also
    if role in doers(side):
        return {200} if method == "GET" else {200, 201, 204, 400, 409}
    return {403} | also


def test_a_reading_token_does_not_act(everything: World) -> None:
    cast = everything.cast
    _token, secret = accounts.issue_token(
        user=cast.it_manager, name="reads", scope=Scope.READ, by=cast.it_manager
    )
    headers = {"Authorization": f"Token {secret}"}
    for name, endpoint in API.items():
        if endpoint.posts is not None:
            address = reverse(name, args=_api_args(name, endpoint, everything.own))
            answer, _writes = ask("", "POST", address, headers=headers)
            assert answer.status_code == 403, name


def test_a_child_is_not_found_under_another_parent(everything: World, browsers: dict[str, str]) -> None:
    """One's own ticket in front of a file of somebody else's."""
    own, foreign = everything.own, everything.foreign
    for role, parent, child in (
        ("requester", own.ticket, foreign.file), ("outsider", foreign.ticket, own.file), ("agent", own.ticket, foreign.file),
        ("requester", own.ticket, own.note_file), ("requester", own.ticket, own.draft_file), ("agent", own.fresh, own.file),
    ):  # fmt: skip
        answer, _writes = ask(browsers[role], "GET", reverse("ticket-file", args=[parent.pk, child.pk]))
        assert answer.status_code == 404, (role, child.name)


def test_lists_and_searches_show_ones_own_only(everything: World, browsers: dict[str, str]) -> None:
    """Every list of pages and API, searched for the very words of the other branch."""
    addresses = ["/requests/?q=RAHASIA&status=all", "/requests/export/csv/?q=RAHASIA&status=all", "/requests/board/",
                 "/requests/calendar/?month=2026-11", "/api/v1/tickets/?q=RAHASIA", "/developments/", "/approvals/", "/",
                 "/developments/board/", "/developments/timeline/",
                 "/api/v1/tickets/?ordering=priority&q=RAHASIA",
                 "/api/v1/tickets/?branch={b}", "/api/v1/approvals/?ticket={t}", "/api/v1/deployments/?build={d}",
                 "/api/v1/developments/?ticket={t}"]  # fmt: skip
    for this, other in ((everything.own, everything.foreign), (everything.foreign, everything.own)):
        numbers = {"b": other.ticket.branch_id, "t": other.ticket.pk, "d": other.build.pk}
        strangers = {this.requester, this.head, "nobody", "administrator", "colleague"} - other.readers
        for role in sorted(strangers):
            for address in addresses:
                answer, _writes = ask(browsers[role], "GET", address.format(**numbers))
                assert answer.status_code == 200, address
                assert other.marker.encode() not in answer.body, (role, address)


# Children do not travel with another parent ---------------------------------------------------------------------------


CHILDREN = [
    ("tickets:file", "note_file", lambda side: side.it | {"auditor"}),
    ("tickets:file", "draft_file", lambda side: {side.requester}),
    ("approvals:detail", "uat", _form_readers),
    ("approvals:detail", "approved", _case),
    ("tickets:detail", "fresh", lambda side: side.readers - side.deciders),
]


@pytest.mark.parametrize(("name", "row", "sees"), CHILDREN, ids=lambda v: v if isinstance(v, str) else "")
def test_child(name: str, row: str, sees: Who, everything: World, browsers: dict[str, str]) -> None:
    wrong = []
    for side in (everything.own, everything.foreign):
        for role in PEOPLE:
            answer, _writes = ask(browsers[role], "GET", reverse(name, args=[getattr(side, row).pk]))
            if answer.status_code != (200 if role in sees(side) else 404):
                wrong.append(f"{row} of {side.marker} by {role}: {answer.status_code}")
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_an_internal_note_is_not_on_the_requesters_page(everything: World, browsers: dict[str, str]) -> None:
    side = everything.own
    for role, shown in {
        side.requester: False,
        side.head: False,
        "director": False,
        side.worker: True,
        "auditor": True,
    }.items():
        answer, _writes = ask(browsers[role], "GET", reverse("tickets:detail", args=[side.ticket.pk]))
        assert (f"{side.marker} note".encode() in answer.body) is shown, role


# What is public, the account, the administration ----------------------------------------------------------------------


def test_public_routes_are_few(everything: World, browsers: dict[str, str]) -> None:
    for name, pattern in routes().items():
        if (
            name in PAGES
            or name in POST_ONLY
            or pattern.startswith(("admin/", "api/"))
            or "<" in pattern
            or "(?P" in pattern
        ):
            continue
        answer, _writes = ask(browsers[STRANGER], "GET", "/" + pattern)
        inside = name not in PUBLIC and pattern != "favicon.ico"
        door = (400,) if name == "agent_door:report" else ()  # without a report there is nothing to read
        assert answer.status_code in ((302, 405) if inside else (200, 302, 404, 503, *door)), (
            name,
            answer.status_code,
        )
        if answer.status_code == 302 and inside and name != "account_logout":
            assert "/account/login/" in answer["Location"], (name, answer["Location"])


def test_ones_account_shows_nobody_elses(everything: World, browsers: dict[str, str]) -> None:
    for name, pattern in routes().items():
        if not ACCOUNT.match(name) or "<" in pattern or "(?P" in pattern:
            continue
        for role in ("requester", "outsider", "administrator"):
            for method in ("GET", "POST"):
                answer, _writes = ask(browsers[role], method, "/" + pattern)
                assert answer.status_code < 500, (name, role, method)
                assert answer.status_code in (200, 302, 400, 403, 404, 405, 409, 422, 429), (
                    name,
                    answer.status_code,
                )
                assert b"RAHASIA" not in answer.body


def test_administration_is_for_administrators(everything: World, browsers: dict[str, str]) -> None:
    opened = 0
    for name, pattern in routes().items():
        if not pattern.startswith("admin/") or name in ("admin:login", "admin:logout", "admin:jsi18n"):
            continue
        address = "/" + re.sub(r"<[^>]+>|\(\?P<[^>]+>[^)]*\)", "1", pattern).replace("$", "")
        for role in ROLES:
            for method in ("GET", "POST"):
                if role != "administrator":
                    answer, writes = ask(browsers[role], method, address)
                    assert answer.status_code in (302, 403, 404, 405), (
                        name,
                        role,
                        method,
                        answer.status_code,
                    )
                    assert not writes, (name, role, method)
        answer, _writes = ask(browsers["administrator"], "GET", address)
        assert answer.status_code in (200, 302, 403, 404, 405), (name, answer.status_code)
        opened += answer.status_code == 200
        assert b"RAHASIA" not in answer.body or "accounts" in name, (
            "the administration shows reference data only"
        )
    assert opened > 3
