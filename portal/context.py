"""What every page of a signed-in person needs: the menu and the bell."""

from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import IT_STAFF, Role
from core.querysets import count_up_to
from notifications.models import Notification
from tickets import rules
from tickets.models import Ticket

MOST = 99  # what a small number in the menu can hold

DEMO_ACCOUNTS = (
    ("requester", Role.REQUESTER.label),
    ("agent", Role.AGENT.label),
    ("it.manager", Role.IT_MANAGER.label),
    ("db.manager", Role.DB_MANAGER.label),
    ("director", Role.DIRECTOR.label),
    ("board", Role.BOD.label),
    ("auditor", Role.AUDITOR.label),
    ("admin", Role.ADMINISTRATOR.label),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """`nav` (label, url, icon, active, count), `bell_count`, `broken_url`; nothing for strangers and the API.

    `broken_url` leads from the inventory to what breaks often, which is above it, for who may read that. `count` is a
    short text, empty for zero, and None for an entry behind which nothing waits, ever.
    """
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return _demo_accounts()
    counts = _counts(user)
    nav = [_item(request, *entry) for entry in _entries(user)]
    for item in nav:
        item["count"] = _said(counts[item["name"]]) if item["name"] in counts else None
    broken = reverse("tickets:broken") if rules.reads_broken(None, user) else ""
    return {"nav": nav, "bell_count": counts["bell"], "broken_url": broken}


def _counts(user: Any) -> dict[str, int]:
    """What waits, by the entry of the menu that leads there, and the bell: one question on every page."""
    asked: dict[str, Any] = {"bell": Notification.objects.visible_to(user).unread()}
    if user.holds_anywhere(Role.IT_MANAGER):
        asked["tickets:list"] = Ticket.objects.visible_to(user).new()
    if user.holds(*IT_STAFF):  # the mailbox stands beside the portal: neither imports the other
        letters: Any = apps.get_model("mailbox", "Message")
        asked["mailbox:list"] = letters.objects.visible_to(user).waiting()
    if user.is_it_staff:
        machines: Any = apps.get_model("agents", "Machine")
        asked["agents:list"] = machines.objects.visible_to(user).waiting()
    return count_up_to(MOST + 1, **asked)


def _said(count: int) -> str:
    return f"{MOST}+" if count > MOST else str(count or "")


def _demo_accounts() -> dict[str, Any]:
    """The accounts that the sign-in page of the demo offers."""
    if not settings.DEMO:
        return {}
    accounts = [{"email": f"{name}@kumala.example", "label": label} for name, label in DEMO_ACCOUNTS]
    return {"demo_accounts": accounts, "demo_password": settings.DEMO_PASSWORD}


def _entries(user: Any) -> list[tuple[str, str, str]]:
    """The places a person has business in, by their roles."""
    staff = user.is_staff_member
    wanted = [
        (True, _("Home"), "portal:home", "home"),
        (True, _("Requests"), "tickets:list", "inbox"),
        (user.is_it_staff, _("Telephone"), "tickets:phone", "phone"),
        (staff or user.holds_anywhere(Role.BOD), _("Developments"), "devflow:list", "code"),
        (
            staff or user.is_decider or user.holds_anywhere(Role.BRANCH_HEAD),
            _("Approvals"),
            "approvals:list",
            "signature",
        ),
        (user.is_staff and not staff, _("Who decides"), "approvals:policies", "signature"),
        (not user.is_decider, _("Ask"), "tickets:new", "plus"),
        (not user.is_decider, _("Guides"), "tickets:guides", "bulb"),
        (not user.is_decider or staff, _("Inventory"), "inventory:list", "devices"),
        (True, _("Systems"), "devflow:systems", "stack-2"),
        (
            user.reads_everything or user.runs_operations or user.holds(Role.DIRECTOR, Role.BOD),
            _("Backups"),
            "backups:register",
            "database",
        ),
        (user.reads_everything, _("Incoming e-mail"), "mailbox:list", "mail-down"),
        (staff, _("Machines"), "agents:list", "devices"),
        (user.reads_everything, _("Ledger"), "events:ledger", "book"),
        (staff or user.is_staff, _("Promises"), "clocks:list", "clock-hour-4"),
        (user.runs_operations, _("Operations"), "portal:operations", "activity"),
        (user.runs_operations, "monday.com", "monday:index", "layout-kanban"),
        (user.is_staff, _("Administration"), "admin:index", "settings"),
        (settings.DEMO, _("Mailbox"), "portal:mailbox", "mail"),
    ]
    return [(label, name, icon) for shown, label, name, icon in wanted if shown]


def _item(request: HttpRequest, label: str, name: str, icon: str) -> dict[str, Any]:
    url = _address(name)
    active = request.path == url or (url != "/" and name != "tickets:list" and request.path.startswith(url))
    if name == "tickets:list":
        active = request.path.startswith(url) and not request.path.startswith(
            (*(_address(f"tickets:{other}") for other in ("new", "phone", "guides")), "/requests/drafts/")
        )
    if name == "devflow:list":
        active = active and not request.path.startswith(reverse("devflow:systems"))
    key = name.replace(":", "-").replace("_", "-")
    return {"name": name, "label": label, "url": url, "icon": icon, "active": active, "key": key}


@cache
def _address(name: str) -> str:
    """The menu stands on every page, and its addresses never change."""
    return reverse(name)
