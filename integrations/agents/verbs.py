"""What IT can do with a machine."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from events.verbs import Verb
from integrations.agents import actions, forms
from inventory.models import Asset


def _who(machine: Any, user: Any) -> dict[str, Any]:
    return {"user": user, "machine": machine}


def _likely(machine: Any, user: Any) -> dict[str, Any]:
    """The asset with the same serial number, where the branch has exactly one."""
    rows = Asset.objects.visible_to(user).filter(branch_id=machine.branch_id, serial__iexact=machine.serial)
    found = list(rows.order_by("pk").values_list("tag", flat=True)[:2]) if machine.serial else []
    return _who(machine, user) | {"initial": {"asset": found[0] if len(found) == 1 else ""}}


def _other(machine: Any, user: Any) -> dict[str, Any]:
    return _who(machine, user) | {"initial": {"other": machine.alarm_with_id}}


def _admit(machine: Any, form: Any, by: Any) -> Any:
    said = form.cleaned_data
    return actions.admit(machine=machine, asset=said["asset"], type=said["type"], by=by)


def _join(machine: Any, form: Any, by: Any) -> Any:
    said = form.cleaned_data
    return actions.join(machine=machine, other=said["other"], reason=said["text"], by=by)


def _separate(machine: Any, form: Any, by: Any) -> Any:
    said = form.cleaned_data
    return actions.separate(machine=machine, identity=said["identity"], reason=said["text"], by=by)


def _with_reason(action: Any) -> Any:
    return lambda machine, form, by: action(machine=machine, reason=form.cleaned_data["text"], by=by)


_ALL = [
    Verb(
        name="admit", move="admit", label=_("Admit it"), submit=_("Admit it"), icon="check", form=forms.Admit,
        act=_admit, fill=_likely, done=_("It is admitted. From now on its reports verify the asset."),
        why=_(
            "It stands for an asset of the inventory: its reports verify that asset and tell what is installed on it."
        ),
    ),
    Verb(
        name="settle", move="settle", label=_("Settle the alarm"), submit=_("All is well"), icon="shield-check",
        form=forms.Reason, act=_with_reason(actions.settle_alarm), done=_("The alarm is settled."),
        why=_("You looked, and it is in order so. Two names or two agents of this machine raise no alarm again."),
    ),
    Verb(
        name="join", move="join", label=_("Join with another"), submit=_("Join the two"), icon="git-merge",
        style="plain", form=forms.Join, act=_join, fill=_other, done=_("The two are one machine now."),
        why=_("Both are the same machine, for example after its main board was replaced. It can be undone."),
    ),
    Verb(
        name="separate", move="separate", label=_("Separate marks"), submit=_("Separate them"), icon="arrows-split",
        style="plain", form=forms.Separate, act=_separate, fill=_who,
        done=_("The other one is a machine of its own now, and waits for admission."),
        why=_("Some marks that lead here are those of another machine. It becomes one of its own."),
    ),
    Verb(
        name="part", move="part", label=_("Part them again"), submit=_("Part them"), icon="arrows-split", style="plain",
        form=forms.Reason, act=_with_reason(actions.part), done=_("They are two machines again."),
        why=_("They were not the same: it gets back the marks that led to it, and waits for admission."),
    ),
    Verb(
        name="reconsider", move="reconsider", label=_("Let it wait again"), submit=_("Let it wait again"),
        icon="refresh", style="plain", form=forms.Reason, act=_with_reason(actions.reconsider), more=True,
        done=_("It waits for admission again."),
        why=_("It was refused or admitted by mistake. Its asset stays in the inventory as it is."),
    ),
    Verb(
        name="refuse", move="refuse", label=_("Refuse it"), submit=_("Refuse it"), icon="ban", style="danger",
        form=forms.Reason, act=_with_reason(actions.refuse), done=_("What it reports changes nothing from now on."),
        why=_("It is not ours. Its reports are kept, and change nothing."),
    ),
]  # fmt: skip
VERBS = {verb.name: verb for verb in _ALL}
MOVES = {verb.name: verb.move for verb in _ALL}
