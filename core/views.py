"""Answers that belong to no page: errors, and the token that no longer fits."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.utils.translation import gettext as _

from core.http import keep


def bad_request(request: HttpRequest, exception: Any) -> HttpResponse:
    """400."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Any) -> HttpResponse:
    """403: seen, but not yours to do."""
    return render(request, "errors/403.html", {"reason": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """404: not there, or not to be seen by you; the two look the same."""
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: rendered without context processors, for they may be what broke."""
    return HttpResponse(loader.render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is old, mostly because of another sign-in in another tab: keep the text, show the form."""
    keep(request)
    messages.warning(
        request, _("The page was older than your sign-in. Nothing was sent; your text is still here.")
    )
    return redirect(request.path)
