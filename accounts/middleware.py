"""Every request has a language and a time zone; almost every request has a person."""

import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone, translation

from core.http import keep


class Person:
    """Activates the person's language and the time zone of their branch; Indonesian and WIB for strangers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        language = (
            user.language if user.is_authenticated else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        )
        zone = user.zone if user.is_authenticated else zoneinfo.ZoneInfo(settings.TIME_ZONE)
        spoken = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(spoken), timezone.override(zone):
            request.LANGUAGE_CODE = spoken
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", spoken)
        return response


class SignInRequired(LoginRequiredMiddleware):
    """Everything needs a person unless marked public; what was typed into an expired form is kept for them."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """The API answers for itself: it knows tokens, and says 401 instead of showing a form."""
        if request.path.startswith("/api/"):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        """Send to the sign-in page and back; htmx is told to leave the page instead of swapping the form in.

        A part that renews itself gets 401: the page says that the visit has ended, and nothing typed on it is lost.
        """
        if request.method == "POST":
            keep(request)
        if "Renews-Itself" in request.headers:  # a part of an open page asks, not the person: let them stay
            return HttpResponse(status=401)
        if not getattr(request, "htmx", False):
            return super().handle_no_permission(request, view_func)
        page: Any = request.htmx  # type: ignore[attr-defined]
        back = urlencode({"next": page.current_url_abs_path or "/"})
        return HttpResponse(status=204, headers={"HX-Redirect": f"{resolve_url(settings.LOGIN_URL)}?{back}"})
