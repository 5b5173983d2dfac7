"""Pages that show forms."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.who import me
from approvals import actions, forms, papers, rules
from approvals.enums import CONSENT_VERSION, Conclusion, Kind, Outcome, consent_to
from approvals.models import Approval, FormFile
from approvals.verbs import OF_UAT
from approvals.views._parts import case_url, form_of
from approvals.views.asking import asking
from approvals.views.papers import progress
from core import files
from core.errors import NotPossible
from core.http import reads
from core.numbers import rupiah, said
from core.pages import page
from core.transitions import why_not
from events.models import word
from events.subjects import Subject
from events.verbs import offers

# What is read first, and what folds open: every answer stands in one of them.
FIRST = ("objective", "background", "benefit", "risk")
FOLDED = ("if_not_done", "scope", "alternatives", "systems")


@reads
def index(request: HttpRequest) -> HttpResponse:
    """What waits for my signature, then every form I may see."""
    waiting = list(Approval.objects.waiting_for(me(request)).with_list_columns()[:50])
    rows = Approval.objects.visible_to(me(request)).with_list_columns()
    return render(request, "approvals/list.html", page(request, rows) | {"waiting": waiting})


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One form on one page: what, why, how much, risk; who signed; and the two buttons for whoever is asked."""
    return show(request, form_of(request, pk))


def show(
    request: HttpRequest, approval: Approval, sent: Any = None, typed: tuple[str, dict[str, Any]] = ("", {})
) -> HttpResponse:
    """The page of one form; `sent` is a decision that was sent and has to be mended, `typed` what was written into one
    before its writer had to sign in again.
    """
    user = me(request)
    context = {
        "approval": approval,
        "content": approval.content,
        "facts": facts_of(approval),
        "first": answers(approval, FIRST),
        "folded": answers(approval, FOLDED),
        "about": about(approval),
        "files": files_of(approval),
        "decisions": [d for d in papers.shown(approval) if d["decision"].edition == approval.edition],
        "paper": progress(approval),
        "may_write": why_not(approval, "save_draft", user) is None,
        "may_submit": rules.may_submit(approval, user) and approval.is_draft,
        "may_withdraw": why_not(approval, "withdraw", user) is None,
        # Somebody else's request is not theirs to read, only its test.
        "case_url": reverse("approvals:list") if approval.tester_id == user.pk else case_url(approval),
    }
    context |= asking(approval, user)
    if approval.kind == Kind.BAST:
        context |= {"lines": lines_of(approval)}
    if approval.kind == Kind.UAT:
        context |= {"scenarios": scenarios_of(approval), "offers": offers_of(approval, user)}
    if why_not(approval, "decide", user) is None:
        context |= _deciding(approval, user, sent, typed)
    return render(request, "approvals/detail.html", context, status=200 if sent is None else 422)


def _deciding(approval: Approval, user: Any, sent: Any, typed: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """The forms of a decision, empty except for the one that was sent back."""
    known = {"user": user, "needs_factor": actions.needs_factor(approval=approval, by=user)}
    initial = {"shown": approval.content_hash}
    said = {"reason": approval.content.get("notes", "")} if approval.kind == Kind.UAT else {}

    def form(kind: Any, prefix: str, **more: Any) -> Any:
        if sent is not None and sent.prefix == prefix:
            return sent
        again = typed[1] if typed[0] == prefix else {}
        return kind(**known, initial=initial | more | again, prefix=prefix, auto_id=f"{prefix}_%s")

    return {
        "deciding": True,
        "open": sent.prefix if sent is not None else typed[0],
        "approve_form": form(forms.Approve, Outcome.APPROVE, consent=CONSENT_VERSION),
        "refuse_form": form(forms.Refuse, Outcome.REFUSE, **said),
        "revise_form": form(forms.Revise, Outcome.REVISE) if approval.kind == Kind.BRM else None,
        "consent": consent_to(approval.kind),
        "held": actions.why_nobody_approves(approval=approval),
        "challenge_url": reverse("approvals:challenge", args=[approval.pk]),
        "enrol_url": f"{reverse('accounts:factor')}?next={reverse('approvals:detail', args=[approval.pk])}",
    }


def offers_of(approval: Approval, user: Any) -> list[Any]:
    """The acts of a test besides testing and signing, for this person."""
    if not approval.is_draft:
        return []
    return offers(
        approval,
        user,
        list(OF_UAT.values()),
        lambda verb: reverse(f"approvals:{verb.name}", args=[approval.pk]),
    )


# Facts -----------------------------------------------------------------------------------------------------------


def facts_of(approval: Approval) -> list[dict[str, Any]]:
    """The short answers, for the head of the page."""
    c = approval.content
    if approval.kind == Kind.UAT:
        said = c.get("conclusion")
        pairs = [
            (_("Build"), c.get("build")),
            (_("System"), c.get("system")),
            (_("Address"), c.get("address")),
            (_("Tester"), approval.tester or approval.requester),
            (_("Conclusion"), Conclusion(said).label if said in Conclusion.values else ""),
            (_("Notes"), c.get("notes")),
        ]
    elif approval.kind == Kind.BAST:
        pairs = [
            (_("What happens"), word("direction", c.get("direction"))),
            (_("Handed over by"), c.get("giver")),
            (_("Received by"), c.get("receiver")),
            (_("Without their signature"), c.get("without_reason")),
            (_("Note"), c.get("note")),
        ]
    else:
        pairs = [
            (_("Estimate"), _effort(c)),
            (_("Other cost"), rupiah(c.get("cost")) or _("none")),
            (_("Benefit per month"), _benefit(c)),
            (_("Wanted by"), _day(c.get("wanted_date"))),
        ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def about(approval: Approval) -> list[dict[str, Any]]:
    """Whose form it is."""
    pairs = [
        (_("Number"), approval.number),
        (_("Business unit"), approval.content.get("business_unit")),
        (_("Branch"), approval.branch),
        (_("Requester"), approval.requester),
        (_("Opened by"), approval.requested_by if approval.requested_by_id != approval.requester_id else ""),
    ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def _effort(content: dict[str, Any]) -> str:
    """`24 hours (3 man-days)`."""
    hours, days = said(content.get("estimate_hours")) or "–", said(content.get("man_days"))
    if not days:
        return _("%(hours)s hours") % {"hours": hours}
    return _("%(hours)s hours (%(days)s man-days)") % {"hours": hours, "days": days}


def _benefit(content: dict[str, Any]) -> str:
    money, hours = rupiah(content.get("benefit_money")), said(content.get("benefit_hours"))
    return " + ".join(
        [*([money] if money else []), *([_("%(hours)s hours") % {"hours": hours}] if hours else [])]
    )


def _day(iso: str | None) -> str:
    """`24 December 2026`; what is no date stays as it was written."""
    day = parse_date(iso) if iso else None
    return date_format(day, "j F Y") if day else iso or ""


def answers(approval: Approval, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Answers of a BRM in words, each with its question."""
    fields = forms.Brm.base_fields
    return [
        {"label": fields[name].label, "text": approval.content[name]}
        for name in names
        if approval.kind == Kind.BRM and approval.content.get(name)
    ]


def files_of(approval: Approval) -> list[dict[str, Any]]:
    """The files of a BRM, as its content names them."""
    return [file_entry(approval, entry) for entry in approval.content.get("attachments", [])]


def file_entry(approval: Approval, entry: dict[str, Any]) -> dict[str, Any]:
    """A file of the content with its address."""
    url = reverse("approvals:file", args=[approval.pk, entry["file"]])
    return {"name": entry["name"], "size": entry["size"], "url": url, "pk": entry["file"]}


def scenarios_of(approval: Approval) -> list[dict[str, Any]]:
    """The scenarios of a UAT, each with its screenshots."""
    return [
        s | {"shots": [file_entry(approval, entry) for entry in s.get("evidence", [])]}
        for s in approval.content.get("scenarios", [])
    ]


def lines_of(approval: Approval) -> list[dict[str, Any]]:
    """The items of a hand-over, each with its photos."""
    return [
        line
        | {
            "shots": [file_entry(approval, entry) for entry in line.get("photos", [])],
            "looks": word("condition", line["condition"]),
        }
        for line in approval.content.get("lines", [])
    ]


# Parts of other pages, and files ----------------------------------------------------------------------------------


@reads
def for_case(request: HttpRequest, case_type: str, case_id: int) -> HttpResponse:
    """The forms of one case, as a part of its page."""
    rows = Approval.objects.visible_to(me(request)).filter(case_type=case_type, case_id=case_id)
    rows = rows.exclude(state="withdrawn").order_by("pk")
    whole = actions.may_have_case_file(case=Subject(case_type, case_id), person=me(request))
    context = {"rows": rows, "case_file": whole, "case_type": case_type, "case_id": case_id}
    return render(request, "approvals/for_case.html", context)


@reads
def file(request: HttpRequest, pk: int, file: int) -> FileResponse:
    """A file of a form, for those who may see the form. Pictures and PDFs open; everything else is saved."""
    row = get_object_or_404(FormFile.objects.visible_to(me(request)), pk=file, approval=pk)
    stored = files.path_of(row.sha256)
    if not stored.exists():
        raise Http404
    shown = row.content_type in files.SHOWN_INLINE
    answer = FileResponse(
        stored.open("rb"), as_attachment=not shown, filename=row.name, content_type=row.content_type
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@reads
def document(request: HttpRequest, pk: int) -> FileResponse:
    """The PDF of a decided form, for everyone in the case."""
    approval = get_object_or_404(Approval.objects.visible_to(me(request)).select_related("document"), pk=pk)
    row = getattr(approval, "document", None)
    if row is None or not row.is_ready:
        raise NotPossible(_("The document is being made. Look again in a moment."))
    return FileResponse(
        files.path_of(row.sha256).open("rb"),
        content_type="application/pdf",
        filename=f"{approval.number}.pdf",
    )
