"""Pages of licences, contracts and certificates."""

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.models import office_date
from core.http import acts, attempt, bound, reads, status_of
from core.pages import page
from events.models import Event
from events.verbs import offers, perform
from inventory import actions, forms, rules
from inventory.lists import BY_END, runs_out_before
from inventory.models import Renewable, RenewableFile, SoftwareTitle
from inventory.verbs import OF_RENEWABLE
from inventory.views._parts import entry, opened, reader

MOST_SHOWN = 30
_PLAIN = {
    "kind", "name", "reference", "partner", "title_words", "publisher_words", "seats", "starts_date", "ends_date",
    "cost", "note", "host_names",
}  # fmt: skip


@reads
def index(request: HttpRequest) -> HttpResponse:
    """What runs out, the next end first; by kind, and those without an end last."""
    user = reader(request)
    form = forms.RenewableFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = Renewable.objects.visible_to(user).with_list_columns().with_end()
    if asked.get("what") != "ended":
        rows = rows.active()
    rows = runs_out_before(rows, asked.get("what", ""), office_date())
    if asked.get("kind"):
        rows = rows.filter(kind=asked["kind"])
    keeps = rules.keeps_anywhere(None, user)
    context = page(request, rows, order=BY_END) | {
        "form": form, "keeps": keeps, "today": office_date(),
        "new_url": reverse("inventory:new-renewable") if keeps else "",
    }  # fmt: skip
    return render(request, "inventory/renewables.html", context, status=200 if form.is_valid() else 422)


@acts
def keep(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new one, or other facts about one."""
    user = reader(request)
    rows = Renewable.objects.visible_to(user).with_list_columns()
    row = get_object_or_404(rows, pk=pk) if pk else None
    if not (rules.keeps(row, user) if row else rules.keeps_anywhere(None, user)):
        raise PermissionDenied
    form = bound(request, forms.KeepRenewable, user=user, initial=_as_typed(row) if row else {})
    if request.method == "POST" and form.is_valid():
        made: list[Renewable] = []
        if attempt(form, lambda: made.append(actions.keep_renewable(renewable=row, by=user, **form.facts))):
            return redirect(made[0])
    return render(
        request, "inventory/keep_renewable.html", {"form": form, "row": row}, status=status_of(form)
    )


@acts
def certificate(request: HttpRequest) -> HttpResponse:
    """A certificate is written down from its file."""
    user = reader(request)
    if not rules.keeps_anywhere(None, user):
        raise PermissionDenied
    form = bound(request, forms.ReadCertificate, user=user)
    if request.method == "POST" and form.is_valid():
        made: list[Renewable] = []
        if attempt(form, lambda: made.append(actions.keep_certificate(by=user, **form.cleaned_data))):
            return redirect(made[0])
    return render(request, "inventory/keep_certificate.html", {"form": form}, status=status_of(form))


def _as_typed(row: Renewable) -> dict[str, object]:
    return {
        **{name: getattr(row, name) for name in _PLAIN}, "branch": row.branch_id,
        "responsible": row.responsible.email if row.responsible else "",
        "lead_days": ", ".join(map(str, row.lead_days)),
    }  # fmt: skip


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: until when, how many seats of how many, its documents and its history."""
    user = reader(request)
    row = get_object_or_404(Renewable.objects.visible_to(user).with_list_columns(), pk=pk)
    found = offers(
        row,
        user,
        list(OF_RENEWABLE.values()),
        lambda verb: reverse(f"inventory:renewable-{verb.name}", args=[pk]),
    )
    history = Event.objects.about(row).visible_to(user, branch_id=row.branch_id).with_list_columns()
    context = page(request, history.order_by(), size=20)
    context["events"] = [entry(event) for event in context.pop("rows")]
    titles = SoftwareTitle.objects.visible_to(user).order_by("name", "pk")
    titles = titles.of_licence(row) if row.title_words else titles.none()
    documents = RenewableFile.objects.visible_to(user).filter(renewable=row).order_by("-pk")[:MOST_SHOWN]
    context |= {
        "row": row, "today": office_date(), "offers": [offer for offer in found if offer.refusal is None],
        "titles": list(titles[:MOST_SHOWN]),
        "files": [
            {"name": f.name, "size": f.size, "url": reverse("inventory:document", args=[f.pk]), "small": ""}
            for f in documents
        ],
    }  # fmt: skip
    return render(request, "inventory/renewable.html", context)


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb."""
    row = get_object_or_404(Renewable.objects.visible_to(reader(request)).with_list_columns(), pk=pk)
    return perform(
        request, verb=OF_RENEWABLE[verb], thing=row, case=row.case, back=row.get_absolute_url(), over=str(row)
    )


@reads
def document(request: HttpRequest, pk: int) -> FileResponse:
    """A document, for those who may see what it belongs to."""
    return opened(get_object_or_404(RenewableFile.objects.visible_to(reader(request)), pk=pk))
