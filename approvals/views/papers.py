"""The papers of a form, for everyone in the case."""

from typing import Any

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.who import me
from approvals.models import Approval, Document
from core import files
from core.errors import NotPossible
from core.http import reads


def progress(approval: Approval) -> dict[str, Any] | None:
    """What the page of a form says of its papers: which are there, and how many layers are still being made."""
    document: Document | None = getattr(approval, "document", None)
    if document is None:
        return None
    rows = document.sealings.filter(edition=approval.edition).order_by("pk").values_list("sha256", flat=True)
    made = [bool(sha256) for sha256 in rows]
    return {
        "document": document, "ready": document.is_ready and made[:1] == [True], "made": sum(made),
        "wanted": len(made), "making": not all(made),
    }  # fmt: skip


@reads
def certificate(request: HttpRequest, pk: int) -> FileResponse:
    """The sealed certificate of how a form was decided."""
    approval = get_object_or_404(Approval.objects.visible_to(me(request)).select_related("document"), pk=pk)
    row = getattr(approval, "document", None)
    if row is None or not row.audit_sha256:
        raise NotPossible(_("The certificate is made when the form is decided. Look again in a moment."))
    return pdf(row.audit_sha256, _("%(number)s-certificate.pdf") % {"number": approval.number})


def pdf(sha256: str, name: str) -> FileResponse:
    """A PDF of ours, shown in the browser."""
    content = files.path_of(sha256).open("rb")
    return FileResponse(content, content_type="application/pdf", filename=name)
