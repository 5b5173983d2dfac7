"""Pages of backups: the register, targets, repositories, runs and restores."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.who import me
from backups import actions, forms, monthly, places, register, rules, seals, setups, taking
from backups.actions._parts import robot
from backups.enums import CLAUSE, RestoreState, RunKind, RunState
from backups.models import BackupPolicy, MonthlyReport, Repository, Restore, Run, Snapshot, Target
from core.errors import NotPossible
from core.http import acts, attempt, bound, reads, status_of, unless_unchanged, within
from core.pages import Order, page

BY_NAME = Order("name", descending=False)
LONGEST_REPORT = 10_000  # bytes of a script's log that are read


def _reader(request: HttpRequest) -> User:
    """Who sees the register; for everybody else these pages are not there."""
    user = me(request)
    if not rules.sees(None, user):
        raise Http404
    return user


@reads
def index(request: HttpRequest) -> HttpResponse:
    """The register: what, how often, where, last good, last drill."""
    user = _reader(request)
    clause = request.GET.get("clause", "")
    rows = Target.objects.visible_to(user).under(clause).with_register_columns()
    context = page(request, rows, order=BY_NAME)
    now = timezone.now()
    context["rows"] = [register.line(target, now) for target in context["rows"]]
    context |= {
        "repositories": list(Repository.objects.visible_to(user).order_by("name", "pk")[:50]),
        "waiting": list(Restore.objects.visible_to(user).waiting().with_list_columns().order_by("-pk")[:20]),
        "running": list(Run.objects.visible_to(user).running().with_list_columns().order_by("-pk")[:20]),
        "keeps": rules.keeps(None, user),
        "clause": clause,
        "clauses": _clauses(clause),
    }
    return render(request, "backups/register.html", context)


def _clauses(chosen: str) -> list[dict[str, Any]]:
    named = (("", _("All targets")), (CLAUSE, CLAUSE), ("none", _("Beside the SOP")))
    return [
        {"name": name, "address": f"?clause={value}" if value else "?", "is_here": value == chosen}
        for value, name in named
    ]


@reads
def target(request: HttpRequest, pk: int) -> HttpResponse:
    """One target: its state, its policies, its runs."""
    user = _reader(request)
    found = _target(request, pk)
    policies = [policy for policy in found.policies.all() if policy.ended_at is None]
    runs = Run.objects.visible_to(user).with_list_columns().filter(target=found)
    context = page(request, runs, size=15) | {
        "target": found,
        "line": register.line(found, timezone.now()),
        "policies": policies,
        "copies": places.copies(policies),
        "keeps": rules.keeps(found, user),
        "starts": rules.starts(found, user) and not found.is_reported,
        "statements": setups.statements(found, settings.BASE_URL),
    }
    return render(request, "backups/target.html", context)


def _target(request: HttpRequest, pk: int) -> Target:
    return get_object_or_404(Target.objects.visible_to(_reader(request)).with_register_columns(), pk=pk)


@reads
def repository(request: HttpRequest, pk: int) -> HttpResponse:
    """One repository: what lies there, and its checks."""
    user = _reader(request)
    found = _repository(request, pk)
    runs = Run.objects.visible_to(user).with_list_columns().filter(repository=found, kind=RunKind.CHECK)
    context = page(request, runs, size=15) | {
        "repository": found,
        "copies": Snapshot.objects.visible_to(user).kept().filter(repository=found).count(),
        "months": register.months_kept(found),
        "keeps": rules.keeps(found, user),
        "starts": rules.starts(found, user),
    }
    return render(request, "backups/repository.html", context)


def _repository(request: HttpRequest, pk: int) -> Repository:
    return get_object_or_404(Repository.objects.visible_to(_reader(request)), pk=pk)


@reads
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run; while it is at work, how far."""
    user = _reader(request)
    found = _run(request, pk)
    context = {
        "run": found,
        "copies": list(Snapshot.objects.visible_to(user).filter(run=found).order_by("pk")),
        "mark": seals.mark(found),
        "restores": _can_be_restored(found) and rules.restores(found, user),
    }
    part = bool(getattr(request, "htmx", False))
    answer = render(request, "backups/run_state.html" if part else "backups/run.html", context)
    answer["Vary"] = "HX-Request"
    return unless_unchanged(request, answer) if part else answer


def _run(request: HttpRequest, pk: int) -> Run:
    return get_object_or_404(Run.objects.visible_to(_reader(request)).with_list_columns(), pk=pk)


def _can_be_restored(found: Run) -> bool:
    return (
        found.kind == RunKind.BACKUP and found.state == RunState.SUCCEEDED and found.repository_id is not None
    )


# Forms --------------------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    form: Form,
    act: Callable[..., Any],
    *,
    title: str,
    back: str,
    over: str,
    **words: Any,
) -> HttpResponse:
    """A page with one form; `act` is called with what was typed and answers with the address to go to."""
    went: list[str] = []
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: went.append(act(form))):
        messages.success(request, str(words.get("done") or _("Kept.")))
        return redirect(went[0])
    context = {
        "form": form,
        "title": title,
        "back": back,
        "over": over,
        "submit": _("Keep"),
        "why": "",
        "style": "primary",
    }
    context |= words
    return render(request, "backups/form.html", context, status=status_of(form))


@acts
def keep_target(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A target, new or changed."""
    user = _reader(request)
    row = Target() if pk is None else _target(request, pk)
    rules.only(rules.keeps, row, user)

    def act(form: Any) -> str:
        kept = form.save(commit=False)
        actions.keep_target(target=kept, fields=form.changes(), given=form.given(), by=user)
        return str(kept.get_absolute_url())

    form = bound(request, cast(Any, forms.KeepTarget), instance=row)
    title = _("Change %(name)s") % {"name": row.name} if pk else _("Add a target")
    back = row.get_absolute_url() if pk else reverse("backups:register")
    return _page(request, form, act, title=title, back=back, over=str(row) if pk else _("Backups"))


@acts
def keep_repository(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A repository, new or changed."""
    user = _reader(request)
    row = Repository() if pk is None else _repository(request, pk)
    rules.only(rules.keeps, row, user)

    def act(form: Any) -> str:
        kept = form.save(commit=False)
        actions.keep_repository(repository=kept, fields=form.changes(), given=form.given(), by=user)
        return str(kept.get_absolute_url())

    form = bound(request, cast(Any, forms.KeepRepository), instance=row)
    title = _("Change %(name)s") % {"name": row.name} if pk else _("Add a repository")
    back = row.get_absolute_url() if pk else reverse("backups:register")
    return _page(request, form, act, title=title, back=back, over=str(row) if pk else _("Backups"))


@acts
def add_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """When a target is backed up where."""
    user, row = me(request), _target(request, pk)
    rules.only(rules.keeps, row, user)

    def act(form: Any) -> str:
        actions.add_policy(target=row, by=user, **form.cleaned_data)
        return row.get_absolute_url()

    form = bound(request, cast(Any, forms.AddPolicy), user=user)
    return _page(
        request, form, act, title=_("Add a policy"), back=row.get_absolute_url(), over=str(row),
        why=_("SOP-B4.4.2: daily, weekly and monthly, in a safe place apart from the main server."),
    )  # fmt: skip


def _decision(
    request: HttpRequest,
    row: Any,
    act: Callable[[Any], Any],
    *,
    title: str,
    why: str,
    submit: str,
    **words: Any,
) -> HttpResponse:
    """A page with nothing to fill in but the button."""
    back = words.pop("back", None) or row.get_absolute_url()

    def decide(form: Any) -> str:
        found = act(form)
        return str(found.get_absolute_url()) if hasattr(found, "get_absolute_url") else back

    form = bound(request, words.pop("form", forms.Sure))
    return _page(
        request, form, decide, title=title, back=back, over=str(row), why=why, submit=submit, **words
    )


@acts
def end_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """A policy that no longer runs."""
    user = _reader(request)
    row = get_object_or_404(
        BackupPolicy.objects.visible_to(user).select_related("target", "repository"), pk=pk
    )
    rules.only(rules.keeps, row, user)
    return _decision(
        request, row, lambda _form: actions.end_policy(policy=row, by=user) and None, title=_("End this policy"),
        why=_("It no longer runs. The copies it made stay where they are."), submit=_("End it"),
        back=row.target.get_absolute_url(), done=_("It no longer runs."),
    )  # fmt: skip


_ASKS = {RunKind.BACKUP, RunKind.DRILL}


@acts
def ask_run(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A backup or a drill at once."""
    user, row = me(request), _target(request, pk)
    if kind not in _ASKS:
        raise Http404
    rules.only(rules.starts, row, user)
    backup = kind == RunKind.BACKUP
    return _decision(
        request, row, lambda _form: actions.ask_run(target=row, kind=RunKind(kind), by=user),
        title=_("Back up now") if backup else _("Restore as a test now"),
        why=_("It begins within seconds, as soon as nothing else is at work there.")
        if backup
        else _("The newest copy is restored into something that is thrown away, and compared."),
        submit=_("Begin"), done=_("It begins in a moment."),
    )  # fmt: skip


@acts
def ask_check(request: HttpRequest, pk: int) -> HttpResponse:
    """A check of a repository at once."""
    user, row = me(request), _repository(request, pk)
    rules.only(rules.starts, row, user)
    return _decision(
        request, row, lambda _form: actions.ask_check(repository=row, by=user), title=_("Check the store now"),
        why=_("Structure, and the next part of the data read back."), submit=_("Begin"),
        done=_("It begins in a moment."),
    )  # fmt: skip


@acts
def issue_ping(request: HttpRequest, pk: int) -> HttpResponse:
    """A new reporting address, shown once."""
    user, row = me(request), _target(request, pk)
    rules.only(rules.keeps, row, user)
    if request.method == "POST":
        token = actions.issue_ping(target=row, by=user)
        address = f"{settings.BASE_URL}/api/v1/backups/ping/{token}"
        return render(request, "backups/ping.html", {"target": row, "address": address})
    return _decision(
        request, row, lambda _form: None, title=_("New reporting address"),
        why=_("Its script reports to this address. The former one counts no longer."), submit=_("Make one"),
    )  # fmt: skip


@acts
def ask_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """A wish to restore that set; the plan is shown before anything happens."""
    user, row = me(request), _run(request, pk)
    rules.only(rules.restores, row, user)

    def act(form: Any) -> str:
        return str(actions.ask_restore(source=row, by=user, **form.cleaned_data).get_absolute_url())

    form = bound(request, forms.AskRestore)
    if request.method == "POST" and "plan" in request.POST and form.is_valid():
        return _planned(request, row, form)
    return _page(
        request, form, act, title=_("Restore"), back=row.get_absolute_url(), over=str(row), submit=_("Restore"),
        plans=True, done=_("It is on its way."),
    )  # fmt: skip


def _planned(request: HttpRequest, row: Run, form: Any) -> HttpResponse:
    typed = form.cleaned_data
    steps = actions.plan(
        source=row, over_source=typed["over_source"], path=typed["path"], destination=typed["destination"]
    )
    context = {
        "form": form, "title": _("Restore"), "back": row.get_absolute_url(), "over": str(row),
        "submit": _("Restore"), "plans": True, "steps": steps, "why": "", "style": "primary",
    }  # fmt: skip
    return render(request, "backups/form.html", context)


@reads
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """One restore: its plan, who agreed, how it went."""
    user, row = _reader(request), _restore(request, pk)
    context = {"restore": row, "decides": row.state == RestoreState.ASKED and rules.restores(row, user)}
    return render(request, "backups/restore.html", context)


def _restore(request: HttpRequest, pk: int) -> Restore:
    return get_object_or_404(Restore.objects.visible_to(_reader(request)).with_list_columns(), pk=pk)


@acts
def decide_restore(request: HttpRequest, pk: int, agree: bool) -> HttpResponse:  # noqa: FBT001 - from the address
    """The second word, or no."""
    user, row = me(request), _restore(request, pk)
    rules.only(rules.restores, row, user)
    if agree:
        return _decision(
            request, row, lambda _form: actions.agree_restore(restore=row, by=user), title=_("Agree to the restore"),
            why=_("What is there now is replaced. IT Manager and Database Manager must both want it (SOP-A4)."),
            submit=_("Agree"), style="danger", done=_("It is on its way."),
        )  # fmt: skip
    return _decision(
        request, row,
        lambda form: actions.refuse_restore(restore=row, reason=form.cleaned_data["reason"], by=user),
        title=_("Refuse the restore"), why=_("Nothing is restored."), submit=_("Refuse"), form=forms.Refuse,
        done=_("Refused."),
    )  # fmt: skip


@reads
def files(request: HttpRequest, pk: int) -> HttpResponse:
    """What lies in a copy, directory by directory."""
    user, row = _reader(request), _run(request, pk)
    rules.only(rules.restores, row, user)
    path = request.GET.get("path", "").strip()[:500]
    context: dict[str, Any] = {"run": row, "path": path, "up": path.rpartition("/")[0]}
    snapshots = list(Snapshot.objects.visible_to(user).kept().filter(run=row).order_by("pk"))
    context["parts"], context["problem"] = taking.look(snapshots, path)
    return render(request, "backups/files.html", context)


@acts
def take(request: HttpRequest, pk: int) -> Any:
    """One file out of a copy, on record before its first byte leaves."""
    user = _reader(request)
    rows = (
        Snapshot.objects.visible_to(user)
        .kept()
        .select_related("run__target", "run__repository", "repository")
    )
    snapshot = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        return redirect("backups:files", snapshot.run_id)
    path = request.POST.get("path", "")[:500]
    actions.note_download(snapshot=snapshot, path=path, by=user)
    try:
        content = taking.stream(snapshot, path)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
        return redirect("backups:files", snapshot.run_id)
    answer = StreamingHttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{taking.name(path)}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


# The Board ----------------------------------------------------------------------------------------------------------


@reads
def reports(request: HttpRequest) -> HttpResponse:
    """The monthly pages, newest first."""
    rows = MonthlyReport.objects.visible_to(_reader(request)).with_readers()
    context = page(request, rows, order=Order("month", descending=True), size=12)
    return render(request, "backups/reports.html", context)


@reads
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """One month, as the register told it then; who has acknowledged it."""
    user = _reader(request)
    row = get_object_or_404(MonthlyReport.objects.visible_to(user).with_readers(), pk=pk)
    readers = list(row.acknowledgements.all())
    asked = rules.acknowledges(row, user) and user.pk not in {reader.person_id for reader in readers}
    return render(request, "backups/report.html", monthly.shown(row) | {"readers": readers, "asked": asked})


@acts
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """A member of the Board has read it."""
    user = _reader(request)
    row = get_object_or_404(MonthlyReport.objects.visible_to(user), pk=pk)
    rules.only(rules.acknowledges, row, user)
    return _decision(
        request, row, lambda _form: actions.acknowledge_report(report=row, by=user) and None,
        title=_("Acknowledge the report"), why=_("You confirm that you have read it. Your name and the hour are kept."),
        submit=_("I have read it"), done=_("Thank you. It is on record."),
    )  # fmt: skip


# For programs -------------------------------------------------------------------------------------------------------


@csrf_exempt
@login_not_required
@require_POST
def ping(request: HttpRequest, token: str, signal: str = "success") -> JsonResponse:
    """A script reports: `start`, `success` or `fail`, with the end of its log as the body, and `?size=` in bytes."""
    if not within(request, "ping", most=600, window=timedelta(minutes=1)):
        return JsonResponse({"title": "Too many reports"}, status=429)
    said = request.read(LONGEST_REPORT).decode(errors="replace")
    size = request.GET.get("size", "0")
    number = int(size) if size.isdecimal() and len(size) < 16 else 0
    run = actions.ping(token=token, signal=signal, by=robot(), said=said, size=number)
    if run is None:
        return JsonResponse({"title": "Not found"}, status=404, content_type="application/problem+json")
    return JsonResponse({"run": run.pk, "state": run.state})


@login_not_required
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """For a watch outside: 200 while the sweep lives and no target is silent or failing; else 503. Names nothing."""
    problems = register.alarms(timezone.now())
    return JsonResponse({"ok": not problems, "problems": problems}, status=503 if problems else 200)
