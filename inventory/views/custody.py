"""Pages of custody: recording what changes hands, what waits for a signature, what somebody has."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.who import me
from core.http import acts, attempt, bound, reads, status_of
from core.pages import page
from core.transitions import why_not
from events.models import Event
from inventory import actions, forms, rules
from inventory.enums import AssetState, Direction
from inventory.models import Asset, Handover, HandoverLine
from inventory.views._parts import entry

MOST_HELD = 200
SHOWN = ("waiting", "refused", "leavers", "all")


@reads
def index(request: HttpRequest) -> HttpResponse:
    """Hand-overs and returns: what waits for a signature, what was refused, all; and what leavers still have."""
    user = me(request)
    keeps = rules.keeps_anywhere(None, user)
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN and (keeps or shown != "leavers") else "waiting"
    context: dict[str, Any] = {
        "show": shown,
        "keeps": keeps,
        "new_url": reverse("inventory:hand-over") if keeps else "",
    }
    if shown == "leavers":
        return render(request, "inventory/handovers.html", context | page(request, _leavers(user)))
    rows = Handover.objects.visible_to(user).with_list_columns()
    rows = {"waiting": rows.waiting, "refused": rows.refused}.get(shown, rows.all)()
    return render(request, "inventory/handovers.html", context | page(request, rows))


def _leavers(user: Any) -> Any:
    """People who can no longer sign in, and how many things they still hold, of those that `user` sees."""
    held = Asset.objects.visible_to(user).exclude(state=AssetState.RETIRED).filter(holder=OuterRef("pk"))
    people = User.objects.get_queryset().visible_to(user).filter(is_active=False, is_robot=False)
    things = held.order_by().values("holder").annotate(n=Count("pk")).values("n")
    return people.filter(Exists(held)).annotate(things=Subquery(things)).select_related("branch")


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One hand-over: its items, who signs, its receipt."""
    user = me(request)
    row = get_object_or_404(Handover.objects.visible_to(user).with_list_columns(), pk=pk)
    lines = (
        HandoverLine.objects.visible_to(user).filter(handover=row).with_list_columns().order_by("asset_id")
    )
    seen = set(
        Asset.objects.visible_to(user).filter(handover_lines__handover=row).values_list("pk", flat=True)
    )
    history = Event.objects.about(row.case).visible_to(user, branch_id=row.branch_id).with_list_columns()
    context = {
        "row": row, "lines": [{"line": line, "opens": line.asset_id in seen} for line in lines],
        "signs": row.waits and row.signer_id == user.pk, "events": [entry(e) for e in history.order_by("-seq")[:20]],
    }  # fmt: skip
    return render(request, "inventory/handover.html", context)


@reads
def mine(request: HttpRequest) -> HttpResponse:
    """What I have, what waits for my signature, and what I signed."""
    return _equipment(request, me(request))


@reads
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody has and had, as far as the reader sees it."""
    user = me(request)
    rows = User.objects.get_queryset().visible_to(user).filter(is_robot=False).select_related("branch")
    return _equipment(request, get_object_or_404(rows, pk=pk))


def _equipment(request: HttpRequest, whose: User) -> HttpResponse:
    user = me(request)
    held = Asset.objects.visible_to(user).filter(holder=whose).exclude(state=AssetState.RETIRED)
    rows = Handover.objects.visible_to(user).filter(person=whose).with_list_columns()
    keeps = rules.keeps_anywhere(None, user) and whose.pk != user.pk
    context, given = page(request, rows, size=20), urlencode({"person": whose.email})
    context |= {
        "whose": whose,
        "is_me": whose.pk == user.pk,
        "held": list(held.with_page_columns().order_by("pk")[:MOST_HELD]),
        "waiting": list(rows.waiting().filter(signer=user).order_by("-pk")[:MOST_HELD]),
        "now": timezone.now(),
        "keeps": keeps,
        "new_url": f"{reverse('inventory:hand-over')}?{given}" if keeps and whose.is_active else "",
    }  # fmt: skip
    return render(request, "inventory/equipment.html", context)


@acts
def hand_over(request: HttpRequest) -> HttpResponse:
    """Who gets what (by the address, label after label); then in which condition it is, with photos."""
    user = _keeper(request)
    given = request.GET if {"person", "tags", "code"} & set(request.GET) else None
    form = forms.HandOver(given, user=user)
    if given is None or not form.is_valid() or not form.cleaned_data["go"]:
        for asset in form.assets:
            if refusal := why_not(asset, "hand_over", user):
                form.add_error("tags", f"{asset.tag}: {refusal or _('Your roles do not allow this here.')}")
        context = {"form": form, "assets": form.assets}
        return render(
            request, "inventory/hand_over.html", context, status=422 if form.errors and given else 200
        )
    return _record(request, Direction.OUT, form.cleaned_data["person"], form.assets)


@acts
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """What comes back of what somebody holds (`?tags=`, all of it by itself), in which condition, with photos."""
    people = User.objects.get_queryset().visible_to(me(request))
    whose = get_object_or_404(people, pk=pk)
    user = _keeper(request)
    held = Asset.objects.visible_to(user).filter(holder=whose).exclude(state=AssetState.RETIRED)
    if wanted := [tag for tag in request.GET.getlist("tags") if tag]:
        held = held.called(wanted[:MOST_HELD])
    assets = list(held.with_list_columns().order_by("pk")[: actions.MOST_ITEMS])
    return _record(request, Direction.BACK, whose, assets)


def _keeper(request: HttpRequest) -> Any:
    user = me(request)
    if not rules.keeps_anywhere(None, user):
        raise PermissionDenied
    return user


def _record(request: HttpRequest, direction: Direction, whose: User, assets: list[Asset]) -> HttpResponse:
    """The second page: one item after the other, then the form goes to the one who signs."""
    user, back = me(request), direction == Direction.BACK
    unsigned = back and bool(assets) and all(rules.takes_back_unsigned(asset, user) for asset in assets)
    form = bound(request, forms.Items, assets=assets, unsigned=unsigned, must=back and not whose.is_active)
    made: list[Handover] = []
    act = actions.take_back if back else actions.hand_over
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, lambda: made.append(act(person=whose, by=user, items=form.items, **form.more)))
    ):
        messages.success(
            request, _("Recorded. %(name)s is asked to sign %(number)s.")
            % {"name": made[0].signer, "number": made[0].number},
        )  # fmt: skip
        return redirect(made[0])
    context = {"form": form, "whose": whose, "direction": direction, "assets": assets}
    return render(request, "inventory/items.html", context, status=status_of(form) if form.is_bound else 200)
