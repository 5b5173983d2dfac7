"""The state of a machine's security in words."""

import math
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.agents.enums import CheckKind
from integrations.agents.security import FINE, NOTED, UNTOLD, Check

_SENTENCES: dict[str, Any] = {
    "antivirus": gettext_lazy("%(name)s runs and is up to date."),
    "antivirus_missing": gettext_lazy("There is no antivirus program."),
    "antivirus_off": gettext_lazy("%(name)s is installed but does not run."),
    "antivirus_old": gettext_lazy("The signatures of %(name)s are out of date (last: %(day)s)."),
    "firewall": gettext_lazy("It is on."),
    "firewall_off": gettext_lazy("It is off (profiles: %(name)s)."),
    "encryption": gettext_lazy("All disks are encrypted."),
    "unencrypted": gettext_lazy("The disk %(name)s is not encrypted."),
    "updates": gettext_lazy("The newest was installed on %(day)s."),
    "updates_old": gettext_lazy("The newest was installed on %(day)s."),
    "remote": gettext_lazy("No program for it is installed."),
    "remote_tool": gettext_lazy("%(name)s is installed."),
    "backup": gettext_lazy("%(name)s was backed up on %(day)s."),
    "backup_old": gettext_lazy("%(name)s was last backed up on %(day)s."),
    "backup_missing": gettext_lazy("%(name)s is in no backup."),
    "silent": gettext_lazy("Its agent last reported on %(day)s."),
}
UNTOLD_SENTENCE = gettext_lazy("Its agent does not tell.")
_TONES = {FINE: "jade", UNTOLD: "plain", NOTED: "sky"}


def sentence(kind: str, facts: dict[str, str]) -> str:
    """One finding, with its facts."""
    blank = {"name": "?", "day": "?"}
    return str(_SENTENCES[kind]) % (blank | facts)


def line(check: Check) -> dict[str, Any]:
    """One answered question for a page: label, sentence, tone."""
    told = str(UNTOLD_SENTENCE) if check.verdict == UNTOLD else sentence(check.kind, check.facts)
    return {
        "label": CheckKind(check.kind).label,
        "text": told,
        "verdict": check.verdict,
        "tone": _TONES.get(check.verdict, "brick"),
    }


def amount(megabytes: str) -> str:
    """A size as people read it, from the agent's megabytes."""
    try:
        size = float(megabytes)
    except ValueError:
        return megabytes
    if not math.isfinite(size):
        return "?"
    return (
        _("%(size)s GB") % {"size": f"{size / 1024:.0f}"}
        if size >= 1024
        else _("%(size)s MB") % {"size": f"{size:.0f}"}
    )
