"""Every request has a language and a time zone; almost every request has a person."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone, translation

from core.http import keep


class person:  # noqa: N801 - a middleware reads like a function
    """Activates the person's language and the time zone of their branch; Indonesian and WIB for strangers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        language = user.language if user.is_authenticated else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        zone = user.zone if user.is_authenticated else zoneinfo.ZoneInfo(settings.TIME_ZONE)
        with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
            with timezone.override(zone):
                request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
                response = self.get_response(request)
        response.headers.setdefault("Content-Language", language or settings.LANGUAGE_CODE)
        return response


class SignInRequired(LoginRequiredMiddleware):
    """Everything needs a person unless marked public; what was typed into an expired form is kept for them."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponse | None:
        """The API answers for itself: it knows tokens, and says 401 instead of showing a form."""
        if request.path.startswith("/api/"):
            return None
        answer: HttpResponse | None = super().process_view(request, view_func, view_args, view_kwargs)
        return answer

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        """Send to the sign-in page and back; htmx is told to leave the page instead of swapping the form in."""
        if request.method == "POST":
            keep(request)
        if not getattr(request, "htmx", False):
            return super().handle_no_permission(request, view_func)  # type: ignore[no-any-return]
        answer = HttpResponse(status=204)
        back = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        answer["HX-Redirect"] = HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?next={back}").url
        return answer
