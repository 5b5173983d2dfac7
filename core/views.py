"""Answers that belong to no page: errors, and the token that no longer fits."""

import sys
from typing import Any

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.utils.translation import gettext as _

from core.http import keep


def bad_request(request: HttpRequest, exception: Any) -> HttpResponse:
    """400, or 413 when more was sent than a form can hold."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "errors/413.html", status=413)
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Any) -> HttpResponse:
    """403: seen, but not yours to do."""
    return render(request, "errors/403.html", {"reason": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """404: not there, or not to be seen by you; the two look the same."""
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when it is the database that is away. Rendered without context processors: they may be what broke."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return away(request)
    if request.path.startswith("/api/"):
        return _problem(500, _("Something broke on our side"), _("It was recorded. Try again in a moment."))
    return HttpResponse(loader.render_to_string("errors/500.html"), status=500)


def away(request: HttpRequest) -> HttpResponse:
    """503: the database does not answer, so nothing is asked of it."""
    if request.path.startswith("/api/"):
        return _problem(
            503, _("Out of reach"), _("The database does not answer. Nothing was done; try again.")
        )
    return HttpResponse(loader.render_to_string("errors/503.html"), status=503)


def _problem(status: int, title: str, detail: str) -> JsonResponse:
    facts = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(facts, status=status, content_type="application/problem+json")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is old, mostly because of another sign-in in another tab: keep the text, show the form."""
    keep(request)
    messages.warning(
        request, _("The page was older than your sign-in. Nothing was sent; your text is still here.")
    )
    return redirect(request.path)
