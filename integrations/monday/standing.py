"""How the mirror does: in one word and a sentence, and in figures; for page and API."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.querysets import count_up_to
from integrations.monday import actions, mapping, signed
from integrations.monday.enums import Field, Notice
from integrations.monday.limits import PLANS, State
from integrations.monday.models import Connection, Difference, Link, Stray

MOST = 1000  # counted no further


def behind(secret: str) -> Connection | None:
    """The connection whose webhook has this secret; None for a wrong one."""
    connection = Connection.objects.current()
    return connection if connection and signed.is_ours(secret, connection.webhook_secret) else None


def state_of(connection: Connection | None) -> dict[str, Any]:
    """How the mirror does, in one word (`name`) and one sentence (`said`); `tone` is how grave it is."""
    if connection is None or not actions.token_of(connection):
        return _told("none", _("Not connected: there is no token. Nothing leaves this house."))
    if not connection.is_mapped:
        return _told("unmapped", actions.without_board(), "brass")
    if not connection.is_active:
        return _told("off", _("Switched off. Nothing is sent and nothing is taken."))
    state = State.of(connection.state).at(timezone.now())
    if state.is_blocked:
        return _told("blocked", _("monday.com refuses us: %(why)s") % {"why": state.reason}, "brick")
    if state.open_until:
        waits = _told("waits", _("It waits: %(why)s") % {"why": state.reason}, "brass")
        return waits | {"until": state.open_until}
    return _told("works", _("Connected."))


def notices_of(connection: Connection | None) -> list[dict[str, Any]]:
    """What is wrong with the board, as sentences: `said`, and since when (`at`)."""
    return [
        {
            "said": str(Notice(kind).label) % {"what": _what(told["what"])},
            "at": datetime.fromisoformat(told["at"]),
        }
        for kind, told in (connection.notices if connection else {}).items()
    ]


def _what(told: Any) -> str:
    """A sentence of monday.com as it is; fields, and labels of fields, by their names."""
    if isinstance(told, str):
        return told
    names = [(str(Field(name).label), mapping.shown(name, word) if word else "") for name, word in told]
    return ", ".join(f"{name}: {word}" if word else name for name, word in names)


def _told(name: str, said: str, tone: str = "") -> dict[str, Any]:
    return {"name": name, "said": said, "tone": tone, "until": None}


def figures(user: User, connection: Connection | None) -> dict[str, Any]:
    """What waits and what was spent, for page and API."""
    links = Link.objects.visible_to(user)
    counts = count_up_to(
        MOST + 1, waiting=links.changed(), dead=links.dead(), gone=links.filter(state="gone"), paused=links.paused(),
        findings=Difference.objects.visible_to(user).open(), strays=Stray.objects.visible_to(user).waiting(),
    )  # fmt: skip
    oldest = links.changed().order_by("changed_at").values_list("changed_at", flat=True).first()
    state = State.of(connection.state if connection else None).at(timezone.now())
    plan = PLANS[(connection.plan if connection else "") or settings.MONDAY_PLAN]
    return {
        **counts, "oldest_at": oldest, "calls_today": round(state.calls_today), "calls_per_day": plan.calls_per_day,
        "asked_version": settings.MONDAY_API_VERSION, "answered_version": state.answered_version,
    }  # fmt: skip
