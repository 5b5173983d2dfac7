"""Pages of the types of assets: what is written down about which kind of thing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.who import me
from core.http import acts, attempt, bound, reads, status_of
from core.pages import page
from inventory import actions, forms, rules
from inventory.models import AssetType


def _definer(request: HttpRequest) -> Any:
    user = me(request)
    if not rules.defines(None, user):
        raise PermissionDenied
    return user


@reads
def index(request: HttpRequest) -> HttpResponse:
    """All types with their own fields."""
    user = me(request)
    if not rules.defines(None, user):
        raise Http404
    rows = AssetType.objects.visible_to(user)
    return render(request, "inventory/types.html", page(request, rows, size=50) | {"keeps": True})


@acts
def keep(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new type, or a change of one: its own fields are added, ordered, renamed, switched off."""
    user = _definer(request)
    row = get_object_or_404(AssetType.objects.visible_to(user), pk=pk) if pk else AssetType()
    before = row.own_fields
    form = bound(request, forms.KeepType, initial=forms.type_as_typed(row))
    fields = forms.OwnFields(
        request.POST if request.method == "POST" else None, initial=forms.fields_as_typed(before)
    )
    if request.method == "POST" and form.is_valid() and fields.is_valid():
        for name, value in form.cleaned_data.items():
            setattr(row, name, value)
        row.fields = forms.own_fields(fields, before)
        if attempt(
            form, actions.keep_type, type=row, fields=[*form.changed_data, *_changed(fields)], by=user
        ):
            messages.success(request, _("Kept."))
            return redirect("inventory:types")
    context = {"form": form, "fields": fields, "type": row if pk else None}
    status = status_of(form) if form.errors or hasattr(form, "refusal") else 422 if fields.is_bound else 200
    return render(request, "inventory/keep_type.html", context, status=status)


def _changed(fields: Any) -> list[str]:
    return ["fields"] if fields.has_changed() else []
