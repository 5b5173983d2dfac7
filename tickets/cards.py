"""The three things one can ask for, as the cards of the home page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from tickets.enums import Kind

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
