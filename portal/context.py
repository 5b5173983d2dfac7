"""What every page of a signed-in person needs: the menu and the bell."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from notifications.models import Notification

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
    """`nav` (label, url, icon, active) and `bell_count`; nothing for strangers and the API."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return _demo_accounts()
    nav = [_item(request, *entry) for entry in _entries(user)]
    return {"nav": nav, "bell_count": Notification.objects.visible_to(user).unread().count()}


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
        (staff, _("Developments"), "devflow:list", "code"),
        (
            staff or user.is_decider or user.holds_anywhere(Role.BRANCH_HEAD),
            _("Approvals"),
            "approvals:list",
            "signature",
        ),
        (not user.is_decider, _("Ask"), "tickets:new", "plus"),
        (user.reads_everything, _("Ledger"), "events:ledger", "book"),
        (user.runs_operations, _("Operations"), "portal:operations", "activity"),
        (user.is_staff, _("Administration"), "admin:index", "settings"),
        (settings.DEMO, _("Mailbox"), "portal:mailbox", "mail"),
    ]
    return [(label, name, icon) for shown, label, name, icon in wanted if shown]


def _item(request: HttpRequest, label: str, name: str, icon: str) -> dict[str, Any]:
    url = reverse(name)
    active = request.path == url or (url != "/" and name != "tickets:list" and request.path.startswith(url))
    if name == "tickets:list":
        active = request.path.startswith(url) and not request.path.startswith(
            (reverse("tickets:new"), "/requests/drafts/")
        )
    return {"label": label, "url": url, "icon": icon, "active": active}
