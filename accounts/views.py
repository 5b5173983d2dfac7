"""Pages of one's own account."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts import actions, forms


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Change one's language or theme, and stay where one is."""
    user: Any = request.user
    form = forms.Preferences(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        actions.set_preferences(user=user, language=typed["language"] or None, theme=typed["theme"] or None)
    back = request.POST.get("next", "/")
    inside = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if inside else "/")
