"""What several pages of forms need."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.who import me
from approvals.models import Approval


def form_of(request: HttpRequest, pk: int) -> Approval:
    """The form, if the person may see it."""
    return get_object_or_404(Approval.objects.visible_to(me(request)).with_list_columns(), pk=pk)


def case_url(approval: Approval) -> str:
    """The page of the case; forms do not know what it is, only where it is."""
    app, _dot, _model = approval.case_type.partition(".")
    return reverse(f"{app}:detail", args=[approval.case_id])
