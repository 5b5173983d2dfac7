"""The public pages on which anybody checks a paper: by its file, or by the code that stands on it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.who import me
from approvals import actions, forms, verifying
from approvals.models import Approval
from core.errors import NotPossible
from core.http import acts, reads, within
from core.lazily import lazily

if TYPE_CHECKING:
    from approvals import authority, certificates
else:
    authority, certificates = lazily("approvals.authority"), lazily("approvals.certificates")

MOST, WINDOW = 30, timedelta(minutes=1)  # of one address


@login_not_required
@acts
def drop(request: HttpRequest) -> HttpResponse:
    """Drop a PDF and read whether it is genuine. The file is looked at and forgotten."""
    if request.method != "POST":
        return render(request, "approvals/verify.html", {"form": forms.Paper()})
    if not within(request, "verify", most=MOST, window=WINDOW):
        return render(request, "429.html", status=429)
    form = forms.Paper(request.POST, request.FILES)
    result = _looked(form) if form.is_valid() else None
    context = {
        "form": form,
        "result": result,
        "form_url": _form_url(request, result.record if result else None),
    }
    return render(request, "approvals/verify.html", context, status=200 if result else 422)


def _looked(form: forms.Paper) -> verifying.Result | None:
    try:
        return verifying.look(form.cleaned_data["file"])
    except NotPossible as refusal:
        form.add_error("file", str(refusal))
        return None


@login_not_required
@never_cache
@reads
def code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code leads to: who signed this paper, and whether the record still stands."""
    if not within(request, "verify", most=MOST, window=WINDOW):
        return render(request, "429.html", status=429)
    record = verifying.record_of(code)
    if record is None:
        raise Http404
    context = {"record": record, "form": forms.Paper(), "form_url": _form_url(request, record)}
    return render(request, "approvals/verify.html", context)


def _form_url(request: HttpRequest, record: verifying.Record | None) -> str:
    """The page of the form, for those who may see it; strangers get no link."""
    if record is None or not request.user.is_authenticated:
        return ""
    seen: Any = Approval.objects.visible_to(me(request)).filter(pk=record.document.approval_id).first()
    return reverse("approvals:detail", args=[seen.pk]) if seen else ""


@login_not_required
@reads
def root(request: HttpRequest) -> HttpResponse:
    """The root certificate, for readers of PDFs that should believe our signatures."""
    found = authority.root_certificate()
    if found is None:
        raise Http404(_("Nothing has been signed yet."))
    return _file(found, "application/x-pem-file", "kumala-root.pem")


@login_not_required
@reads
def revocations(request: HttpRequest) -> HttpResponse:
    """The revocation list that our certificates name (RFC 5280)."""
    found = actions.published_revocations(now=timezone.now())
    if found is None:
        raise Http404(_("Nothing has been signed yet."))
    return _file(found, "application/pkix-crl", "kumala.crl")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
