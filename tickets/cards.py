"""The three things one can ask for, as the cards of the home page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from tickets.cells import CELLS
from tickets.enums import Kind
from tickets.lists import COLUMNS, REQUESTER_COLUMNS, STAFF_COLUMNS

_CARDS = {
    Kind.TROUBLESHOOTING: ("tool", "warm", _("A computer, the network, an application does not work.")),
    Kind.DATA_UPDATE: ("database-edit", "cool", _("A figure, a name, a record in an application is wrong.")),
    Kind.DEVELOPMENT: ("sparkles", "", _("A new report, a new screen, another way of working.")),
}


def kind_cards() -> list[dict[str, Any]]:
    """Kind, label, hint, icon and tone of each."""
    return [
        {"kind": kind.value, "label": kind.label, "icon": icon, "tone": tone, "hint": hint}
        for kind, (icon, tone, hint) in _CARDS.items()
    ]


def answer_label(field: Any, value: Any) -> Any:
    """The words of a chosen answer."""
    return dict(getattr(field, "choices", None) or {}).get(value, value)


def usual_columns(user: Any) -> list[dict[str, Any]]:
    """The columns of a table of tickets that nobody has chosen, as templates/tickets/table.html takes them."""
    names = STAFF_COLUMNS if user.is_staff_member else REQUESTER_COLUMNS
    return [
        {"name": name, "label": str(label), "url": "", "sorted": False, "draw": CELLS[name]}
        for name, label in COLUMNS
        if name in names
    ]
