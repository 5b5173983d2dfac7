"""Pages of machines: which there are, what is wrong with them, what waits, and what one machine told."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Branch, User
from accounts.who import me
from core.endpoints import download
from core.errors import NotPossible
from core.http import acts, attempt, bound, reads, status_of
from core.pages import page
from events.verbs import offers, perform
from integrations.agents import actions, forms, rules, security, telling
from integrations.agents.enums import WRONG_KINDS, MachineState
from integrations.agents.models import AgentKey, Machine, Report, Weakness
from integrations.agents.verbs import VERBS
from inventory.models import Asset

MOST_SHOWN = 200


def _reader(request: HttpRequest) -> User:
    """IT staff and auditors, of the group or of a branch; for everybody else these pages are not there."""
    user = me(request)
    if not user.is_staff_member:
        raise Http404
    return user


@reads
def index(request: HttpRequest) -> HttpResponse:
    """Machines: those that are ours, those that wait, those with something wrong."""
    user = _reader(request)
    form = forms.Filter(request.GET, user=user)
    said = form.cleaned_data if form.is_valid() else {}
    rows = Machine.objects.visible_to(user).with_list_columns()
    found = page(request, _chosen(rows, said))
    _with_findings(found["rows"])
    context = found | {"form": form, "what": said.get("what", ""), "tabs": _tabs("list", user), "every": said}
    return render(request, "agents/list.html", context, status=200 if form.is_valid() else 422)


def _chosen(rows: Any, said: dict[str, Any]) -> Any:
    match said.get("what"):
        case "waiting":
            rows = rows.waiting()
        case "wrong":
            rows = rows.admitted().with_something_wrong()
        case "silent":
            rows = rows.silent(timezone.now())
        case "refused":
            rows = rows.filter(state=MachineState.REFUSED)
        case "all":
            pass
        case _:
            rows = rows.admitted()
    if said.get("branch"):
        rows = rows.filter(branch=said["branch"])
    if said.get("kind"):
        rows = rows.with_something_wrong(said["kind"])
    return rows.named(said.get("q") or "")


def _with_findings(machines: list[Machine]) -> None:
    """What is wrong with each of them, in one question."""
    found: dict[int, list[Weakness]] = {}
    for row in Weakness.objects.of(machines).open().order_by("since_at", "pk"):
        found.setdefault(row.machine_id, []).append(row)
    for machine in machines:
        machine.wrong = found.get(machine.pk, [])  # type: ignore[attr-defined]


def _tabs(here: str, user: User) -> list[dict[str, Any]]:
    named = [("list", _("Machines")), ("security", _("Security")), ("reports", _("Reports"))]
    if rules.keeps_some_keys(None, user):
        named.append(("keys", _("Keys")))
    return [
        {"label": label, "url": reverse(f"agents:{name}"), "active": name == here} for name, label in named
    ]


@reads
def security_state(request: HttpRequest) -> HttpResponse:
    """What is wrong where: a line for each branch, a column for each kind (SOP-B4.2.2)."""
    user = _reader(request)
    branches = {branch.pk: branch for branch in forms.branches_of(user)}
    machines = Machine.objects.visible_to(user).per_branch()
    counted: dict[int, dict[str, int]] = {}
    for branch_id, kind, count in Weakness.objects.visible_to(user).counted():
        counted.setdefault(branch_id, {})[kind] = count
    rows = [
        _line(branch, machines[pk], counted.get(pk, {}))
        for pk, branch in branches.items()
        if machines.get(pk)
    ]
    kinds = [kind for kind in WRONG_KINDS if any(kind.value in line for line in counted.values())]
    for row in rows:
        row["cells"] = [{"kind": kind, "count": row["counts"].get(kind.value, 0)} for kind in kinds]
    silent = [branch for pk, branch in branches.items() if not machines.get(pk)]
    context = {"rows": rows, "kinds": kinds, "tabs": _tabs("security", user), "silent": silent}
    return render(request, "agents/security.html", context)


def _line(branch: Branch, machines: int, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "branch": branch,
        "machines": machines,
        "counts": counts,
        "is_clean": not counts,
    }


# One machine --------------------------------------------------------------------------------------------------------


@reads
def machine(request: HttpRequest, pk: int) -> HttpResponse:
    """What a machine told, what is wrong with it, and why its reports are believed to be about it."""
    user = _reader(request)
    found = _machine(request, pk)
    verbs = offers(
        found, user, list(VERBS.values()), lambda verb: reverse(f"agents:{verb.name}", args=[found.pk])
    )
    identities = list(found.identities.order_by("-seen_at", "pk")[:50])
    found.has_several_marks = len(identities) > 1
    checked = [telling.line(check) for check in _checks(found)]
    context = {
        "machine": found, "offers": [o for o in verbs if not o.refusal], "checks": checked, "identities": identities,
        "findings": list(found.findings.order_by("ended_at", "-since_at", "pk")[:50]),
        "reports": list(found.reports.order_by("-pk")[:10]), "facts": _facts(found), "parts": _parts(found),
        "software": found.facts.get("software", [])[:MOST_SHOWN],
        "updates": (found.facts.get("updates") or {}).get("names", [])[:20],
    }  # fmt: skip
    return render(request, "agents/machine.html", context)


def _machine(request: HttpRequest, pk: int) -> Machine:
    rows = Machine.objects.visible_to(_reader(request)).with_page_columns()
    return get_object_or_404(rows, pk=pk)


def _checks(machine: Machine) -> list[security.Check]:
    today = timezone.localdate(machine.seen_at)
    return security.checks(machine.facts, today=today, allowed=settings.AGENTS_REMOTE_TOOLS)


def _facts(machine: Machine) -> list[dict[str, Any]]:
    hardware, system = machine.facts.get("hardware", {}), machine.facts.get("operatingsystem", {})
    shown = [
        (_("Maker and model"), f"{machine.maker} {machine.model}".strip()),
        (_("Serial number"), machine.serial),
        (_("Kind"), hardware.get("chassis_type", "")),
        (_("Operating system"), " ".join(filter(None, [machine.system, system.get("version", "")]))),
        (_("Memory"), telling.amount(hardware["memory"]) if hardware.get("memory") else ""),
        (_("Last signed in"), hardware.get("lastloggeduser", "")),
        (_("Domain or workgroup"), hardware.get("workgroup", "")),
        (_("Last start"), system.get("boot_time", "")),
        (_("Agent"), machine.agent),
        (_("Number of this machine"), machine.pk),
    ]
    return [{"label": label, "value": value} for label, value in shown if value]


def _parts(machine: Machine) -> list[dict[str, Any]]:
    """Processors, disks, networks: a line each."""
    found = [
        (_("Processors"), [_words(row, "name", "core") for row in machine.facts.get("cpus", [])]),
        (_("Disks"), [_drive(row) for row in machine.facts.get("drives", [])]),
        (_("Networks"), [_words(row, "description", "ipaddress", "mac") for row in _real(machine)]),
        (
            _("Screens"),
            [_words(row, "manufacturer", "caption", "serial") for row in machine.facts.get("monitors", [])],
        ),
        (
            _("Databases"),
            [_words(row, "type", "name", "version") for row in machine.facts.get("databases_services", [])],
        ),
    ]
    return [{"label": label, "lines": lines[:20]} for label, lines in found if lines]


def _real(machine: Machine) -> list[dict[str, Any]]:
    rows = machine.facts.get("networks", [])
    return [row for row in rows if row.get("ipaddress") and row.get("type") != "loopback"]


def _drive(row: dict[str, Any]) -> str:
    name = row.get("letter") or row.get("type") or row.get("volumn", "")
    if not row.get("total"):
        return str(name)
    said = _("%(name)s %(free)s of %(total)s free")
    return said % {
        "name": name,
        "free": telling.amount(row.get("free", "0")),
        "total": telling.amount(row["total"]),
    }


def _words(row: dict[str, Any], *names: str) -> str:
    return " · ".join(str(row[name]) for name in names if row.get(name))


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb."""
    found = _machine(request, pk)
    return perform(
        request, verb=VERBS[verb], thing=found, case=found, back=found.get_absolute_url(), over=str(found)
    )


@reads
def for_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of an asset's page that its agent fills."""
    user = _reader(request)
    rows = Machine.objects.visible_to(user).admitted().with_page_columns()
    found = rows.filter(asset_id=pk).first()
    if found is None:  # an asset without an agent has an empty place
        get_object_or_404(Asset.objects.visible_to(user), pk=pk)
        return HttpResponse()
    part = bool(getattr(request, "htmx", False))
    context = {
        "machine": found, "checks": [telling.line(check) for check in _checks(found)],
        "findings": list(found.findings.filter(ended_at=None).order_by("since_at", "pk")[:20]),
    }  # fmt: skip
    answer = render(request, "agents/for_asset.html" if part else "agents/for_asset_page.html", context)
    answer["Vary"] = "HX-Request"
    return answer


# Reports and keys ---------------------------------------------------------------------------------------------------


@reads
def reports(request: HttpRequest) -> HttpResponse:
    """Reports as they came: those in trouble first, or all of them."""
    user = _reader(request)
    rows = Report.objects.visible_to(user).with_list_columns()
    every = request.GET.get("what") == "all"
    context = page(request, rows if every else rows.unread()) | {
        "every": every, "tabs": _tabs("reports", user),
        "bring_url": reverse("agents:bring") if rules.is_it_somewhere(None, user) else "",
    }  # fmt: skip
    return render(request, "agents/reports.html", context)


@acts
def bring(request: HttpRequest) -> HttpResponse:
    """Take reports that agents wrote into files, on machines without network."""
    user = _reader(request)
    if not rules.is_it_somewhere(None, user):
        raise PermissionDenied
    form = bound(request, forms.Bring, user=user)
    if request.method == "POST" and form.is_valid():
        taken: list[Any] = []
        if attempt(form, lambda: taken.extend(_bring(form, user))):
            _say_taken(request, [new for _report, new in taken])
            return redirect(f"{reverse('agents:reports')}?what=all")
    context = {"form": form, "tabs": _tabs("reports", user)}
    return render(request, "agents/bring.html", context, status=status_of(form))


def _bring(form: forms.Bring, user: User) -> list[Any]:
    return actions.bring(files=form.cleaned_data["reports"], branch=form.cleaned_data["branch"], by=user)


def _say_taken(request: HttpRequest, are_new: list[bool]) -> None:
    known, new = are_new.count(False), are_new.count(True)
    if new:
        said = ngettext(
            "%(n)s report was taken and is read in a moment.",
            "%(n)s reports were taken and are read in a moment.",
            new,
        )
        messages.success(request, said % {"n": new})
    if known:
        said = ngettext("%(n)s report was there already.", "%(n)s reports were there already.", known)
        messages.info(request, said % {"n": known})


@reads
def raw(request: HttpRequest, pk: int) -> FileResponse:
    """The report as it came, compressed as it was; never shown as a part of our site."""
    found = get_object_or_404(Report.objects.visible_to(_reader(request)), pk=pk)
    return download(found.sha256, name=f"report-{found.pk}.bin", content_type="application/octet-stream")


@acts
def read_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a report be read again."""
    user = _reader(request)
    found = get_object_or_404(Report.objects.visible_to(user), pk=pk)
    if request.method == "POST":
        try:
            actions.read_again(report=found, by=user)
            messages.success(request, _("It will be read again in a moment."))
        except NotPossible as refusal:
            messages.error(request, str(refusal))
    return redirect("agents:reports")


@acts
def keys(request: HttpRequest) -> HttpResponse:
    """Keys of the branches; a new one is shown once, on the page that answers."""
    user = _keeper(request)
    form, key, secret = bound(request, forms.NewKey, user=user), None, ""
    if request.method == "POST" and form.is_valid():
        made: list[Any] = []
        if attempt(form, lambda: made.append(actions.issue_key(by=user, **form.cleaned_data))):
            key, secret = made[0]
            form = forms.NewKey(user=user)
    rows = AgentKey.objects.visible_to(user).in_order()[:MOST_SHOWN]
    address = settings.BASE_URL + reverse("agent_door:report")
    context = {"form": form, "rows": rows, "key": key, "secret": secret, "address": address}
    answer = render(request, "agents/keys.html", context, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _keeper(request: HttpRequest) -> User:
    user = me(request)
    if not rules.keeps_some_keys(None, user):
        raise Http404
    return user


@acts
def revoke_key(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key at once."""
    user = _keeper(request)
    found = get_object_or_404(AgentKey.objects.visible_to(user), pk=pk)
    if request.method == "POST":
        try:
            actions.revoke_key(key=found, by=user)
            messages.success(
                request, _("The key %(username)s no longer works.") % {"username": found.username}
            )
        except NotPossible as refusal:
            messages.error(request, str(refusal))
    return redirect("agents:keys")
