"""Errors of pages become clear pages: one handler, the twin of the API's in `core.api`."""

from collections.abc import Callable

from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.database import refusal_of
from core.errors import NotPossible
from core.views import away

Handler = Callable[[HttpRequest], HttpResponse]


class Errors:
    """Turns NotPossible (409), a gate of PostgreSQL (409) and a missing database (503) into pages."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Answer for the exceptions that mean something to a person; all others stay 500."""
        if request.path.startswith("/api/"):
            return None
        if isinstance(problem, NotPossible):
            return render(request, "errors/409.html", {"refusal": problem}, status=409)
        if isinstance(problem, IntegrityError) and (refusal := refusal_of(problem)):
            return render(request, "errors/409.html", {"refusal": refusal}, status=409)
        if isinstance(problem, OperationalError | InterfaceError):
            return away(request)
        return None
