"""What a person can do with an asset, in the order of the buttons."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from events.verbs import Verb
from inventory import actions, forms
from inventory.models import Asset


def _change(asset: Asset, user: Any) -> dict[str, Any]:
    return {"user": user, "kind": asset.type, "asset": asset, "initial": forms.as_typed(asset)}


def _put_in_use(asset: Asset, user: Any) -> dict[str, Any]:
    initial = {"place": forms.place_of(asset), "holder": asset.holder.email if asset.holder else ""}
    return {"user": user, "asset": asset, "initial": initial}


def _use(asset: Asset, form: Any, by: Any) -> Any:
    (branch, room), typed = form.cleaned_data["place"], form.cleaned_data
    return actions.put_in_use(
        asset=asset,
        branch=branch,
        room=room,
        holder=typed["holder"],
        reason=typed["reason"],
        by=by,
        cost=form.spent,
    )


def _move(name: str) -> Any:
    return lambda asset, form, by: actions.move_state(
        asset=asset, move=name, reason=form.cleaned_data["reason"], by=by
    )


def _to_stock(asset: Asset, form: Any, by: Any) -> Any:
    reason = form.cleaned_data["reason"]
    return actions.move_state(asset=asset, move="put_in_stock", reason=reason, by=by, cost=form.spent)


def _files(files: list[Any]) -> list[tuple[str, Any]]:
    return [(file.name, file) for file in files]


_ALL = [
    Verb(
        name="verify", move="verify", label=_("It is here"), submit=_("Verify"), icon="circle-check", form=forms.Verify,
        act=lambda asset, form, by: actions.verify(
            asset=asset, note=form.cleaned_data["note"], photos=_files(form.cleaned_data["photos"]), by=by
        ),
        why=_("You have seen it. It is due again in six months (SOP-B4.1.1)."), done=_("Verified."),
    ),
    Verb(
        name="change", move="change", label=_("Change"), submit=_("Keep"), icon="pencil", form=forms.AssetFacts,
        act=lambda asset, form, by: actions.change(asset=asset, by=by, **form.facts), fill=_change, style="plain",
        done=_("Kept."),
    ),
    Verb(
        name="put-in-use", move="put_in_use", label=_("Put into use"), submit=_("Put into use"), icon="user-check",
        form=forms.PutInUse, act=_use, fill=_put_in_use, style="plain",
    ),
    Verb(
        name="put-in-stock", move="put_in_stock", label=_("Take into stock"), submit=_("Take into stock"),
        icon="building-warehouse", form=forms.AfterRepair, act=_to_stock, style="plain",
        fill=lambda asset, _user: {"asset": asset},
        why=_("Nobody holds it any more."),
    ),
    Verb(
        name="send-to-repair", move="send_to_repair", label=_("Send to repair"), submit=_("Send to repair"),
        icon="tool", form=forms.Reason, act=_move("send_to_repair"), style="plain",
    ),
    Verb(
        name="attach", move="verify", label=_("Add photos or documents"), submit=_("Add"), icon="paperclip",
        form=forms.Attach, style="plain", more=True,
        act=lambda asset, form, by: actions.attach_all(
            asset=asset, uploads=_files(form.cleaned_data["uploads"]), by=by
        ),
    ),
    Verb(
        name="declare-lost", move="declare_lost", label=_("Declare lost"), submit=_("Declare lost"),
        icon="zoom-question", form=forms.Reason, act=_move("declare_lost"), style="danger", more=True,
    ),
    Verb(
        name="retire", move="retire", label=_("Retire"), submit=_("Retire"), icon="archive", form=forms.Reason,
        act=_move("retire"), style="danger", more=True, why=_("Sold, given back or thrown away. Its history stays."),
    ),
]  # fmt: skip


def _reopen(take: Any, form: Any, by: Any) -> Any:
    return actions.reopen_count(take=take, reason=form.cleaned_data["reason"], by=by)


def _cancel(take: Any, form: Any, by: Any) -> Any:
    return actions.cancel_count(take=take, reason=form.cleaned_data["reason"], by=by)


_OF_TAKE = [
    Verb(
        name="end", move="end", label=_("End the counting"), submit=_("End the counting"), icon="checks",
        form=forms.Sure, act=lambda take, _form, by: actions.end_count(take=take, by=by),
        why=_("What was not found is missing from then on. The head of the branch is asked to sign."),
    ),
    Verb(
        name="reopen", move="reopen", label=_("Go on counting"), submit=_("Go on counting"), icon="rotate-2",
        form=forms.PlainReason, act=_reopen, style="plain",
    ),
    Verb(
        name="cancel", move="cancel", label=_("Cancel the stock-take"), submit=_("Cancel the stock-take"), icon="x",
        form=forms.PlainReason, act=_cancel, style="danger", more=True,
    ),
]  # fmt: skip
_OF_TASK = [
    Verb(
        name="reassign", move="reassign", label=_("Give to somebody else"), submit=_("Give"), icon="user-share",
        form=forms.Reassign, style="plain", fill=lambda task, user: {"task": task, "user": user},
        act=lambda task, form, by: actions.reassign_task(task=task, assignee=form.cleaned_data["assignee"], by=by),
    ),
    Verb(
        name="drop", move="drop", label=_("Drop it"), submit=_("Drop it"), icon="x", form=forms.Reason, style="danger",
        act=lambda task, form, by: actions.drop_task(task=task, reason=form.cleaned_data["reason"], by=by),
        why=_("It is not done in this period."),
    ),
]  # fmt: skip
_OF_IMPORT = [
    Verb(
        name="run", move="run", label=_("Import"), submit=_("Import"), icon="file-import", form=forms.Sure,
        act=lambda job, _form, by: actions.ask_import(job=job, by=by),
        why=_("All rows are imported, or none: if anything has become wrong meanwhile, everything stays as it was."),
    ),
    Verb(
        name="cancel", move="cancel", label=_("Cancel"), submit=_("Cancel the import"), icon="x", form=forms.Sure,
        style="danger", act=lambda job, _form, by: actions.cancel_import(job=job, by=by),
        why=_("The file is put aside. Nothing of it is in the inventory."),
    ),
]  # fmt: skip
_OF_RENEWABLE = [
    Verb(
        name="renew", move="change", label=_("Renew"), submit=_("Renew"), icon="refresh", form=forms.Renew,
        act=lambda row, form, by: actions.renew(renewable=row, by=by, **form.cleaned_data),
        why=_("Somebody is warned before the new end."), done=_("Renewed."),
    ),
    Verb(
        name="certificate", move="read", label=_("Read its new certificate"), submit=_("Read it"), icon="certificate",
        form=forms.NewCertificate, style="plain", done=_("Renewed."),
        act=lambda row, form, by: actions.renew_certificate(renewable=row, file=form.cleaned_data["file"], by=by),
        why=_("Number, issuer, names and end are taken from the file, and the file is kept with it."),
    ),
    Verb(
        name="attach", move="change", label=_("Add documents"), submit=_("Add"), icon="paperclip", form=forms.Attach,
        style="plain",
        act=lambda row, form, by: actions.attach_document(
            renewable=row, uploads=_files(form.cleaned_data["uploads"]), by=by
        ),
    ),
    Verb(
        name="end", move="end", label=_("No longer renewed"), submit=_("No longer renewed"), icon="x",
        form=forms.PlainReason, style="danger",
        act=lambda row, form, by: actions.end_renewable(renewable=row, reason=form.cleaned_data["reason"], by=by),
        why=_("Nobody is warned of it any more. Its history stays."),
    ),
]  # fmt: skip
OF_RENEWABLE = {verb.name: verb for verb in _OF_RENEWABLE}
OF_IMPORT = {verb.name: verb for verb in _OF_IMPORT}
OF_TAKE = {verb.name: verb for verb in _OF_TAKE}
OF_TASK = {verb.name: verb for verb in _OF_TASK}
VERBS = {verb.name: verb for verb in _ALL}
