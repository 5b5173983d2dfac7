"""How a page is read and how it writes: decorators that say which, and the door between forms and actions."""

import functools
import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import NotPossible

View = Callable[..., HttpResponseBase]
_READS = re.compile(
    r"\s*(\(\s*)?(SELECT|WITH|SAVEPOINT|RELEASE|ROLLBACK|SET|DECLARE|FETCH|CLOSE)\b", re.IGNORECASE
)
# Rows that belong to the visit, not to the business: signing in moves them even when a page is only read.
_OF_THE_VISIT = re.compile(r'"(django_session|core_cache)"')
KEPT = "kept_forms"


def reads(view: View) -> View:
    """GET and HEAD only; any statement that would write raises, so a link can never change anything."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with connection.execute_wrapper(_refuse_writes):
            return view(request, *args, **kwargs)

    return require_safe(guarded)


def acts(view: View) -> View:
    """GET shows the form of a verb (and may not write), POST performs it."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        with connection.execute_wrapper(_refuse_writes):
            return view(request, *args, **kwargs)

    return require_http_methods(["GET", "HEAD", "POST"])(guarded)


def unless_unchanged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """`response` with a mark of its content; 304 without content where the browser already has this very one."""
    set_response_etag(response)
    patch_cache_control(response, private=True, no_cache=True)
    same = get_conditional_response(request, etag=response["ETag"], response=response)
    return same if isinstance(same, HttpResponse) else response


class WriteWhileReading(AssertionError):
    """A page that is only read tried to write."""


def _refuse_writes(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - as Django calls it
    if not _READS.match(sql) and not _OF_THE_VISIT.search(sql):
        raise WriteWhileReading(sql[:200])
    return execute(sql, params, many, context)


def attempt(form: Form, action: Callable[..., Any], /, **facts: Any) -> bool:
    """Call the action; a NotPossible becomes an error of the form, with its rule. True when it was done.

    PermissionDenied passes through to the 403 page.
    """
    try:
        action(**facts)
    except NotPossible as refusal:
        form.refusal = refusal  # type: ignore[attr-defined]
        form.add_error(None, f"{refusal.rule}: {refusal}" if refusal.rule else str(refusal))
        return False
    return True


def status_of(form: Form) -> int:
    """The status of a page with a form: refused as things stand, not filled in rightly, or fine."""
    if hasattr(form, "refusal"):
        return 409
    return 422 if form.errors else 200


def within(request: Any, name: str, *, most: int, window: timedelta) -> bool:
    """Count one more act called `name` of this address; False when there were more than `most` in `window`.

    Addresses of IPv6 are counted by their network: one house has billions of them.
    """
    address = ipaddress.ip_address(address_of(request) or "0.0.0.0")  # noqa: S104 - somebody, not everybody
    if address.version == 6:
        address = ipaddress.ip_network((int(address), 64), strict=False).network_address
    span = int(window.total_seconds())
    key = f"within:{name}:{address}:{int(timezone.now().timestamp()) // span}"
    cache.add(key, 0, span)
    try:
        return cache.incr(key) <= most
    except ValueError:  # it was forgotten between the two lines: a new window has begun
        return True


def address_of(request: Any) -> str | None:
    """The address of the person's device: as the outermost of our TRUSTED_PROXIES wrote it, else the caller's own."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    told = passed[-proxies] if proxies and len(passed) >= proxies else ""
    try:
        return str(ipaddress.ip_address(told))
    except ValueError:
        own: str | None = request.META.get("REMOTE_ADDR")
        return own


# What a person typed survives an expired session --------------------------------------------------------------


def typed_by(user: Any) -> str:
    """A signed mark for a form: who is typing. Only that person gets the text back after signing in again."""
    return signing.dumps(user.pk, salt="core.http.typed_by")


def keep(request: HttpRequest) -> None:
    """Put the posted text aside in the (anonymous) session, for the person named by the form's mark."""
    try:
        owner = signing.loads(request.POST.get("typed_by", ""), salt="core.http.typed_by")
    except signing.BadSignature:
        return
    secret = (
        "password",
        "credential",
        "csrfmiddlewaretoken",
        "typed_by",
        "code",
    )  # also behind a form's prefix
    fields = {key: values for key, values in request.POST.lists() if not key.endswith(secret)}
    request.session[KEPT] = {"owner": owner, "path": request.path, "fields": fields}


def kept(request: HttpRequest) -> dict[str, list[str]] | None:
    """The text that was put aside for this person and this page; it stays until `forget`."""
    found = request.session.get(KEPT)
    if not found or found["owner"] != request.user.pk or found["path"] != request.path:
        return None
    return dict(found["fields"])


def forget(request: HttpRequest) -> None:
    """Drop what was put aside: it has been used."""
    request.session.pop(KEPT, None)


F = TypeVar("F", bound=Form)


def bound(request: HttpRequest, form_class: type[F], **kwargs: Any) -> F:
    """The form of this page: bound to what was posted, or filled with what an expired session had cut off."""
    if request.method == "POST":
        return form_class(request.POST, request.FILES, **kwargs)
    if fields := kept(request):
        forget(request)
        messages.info(
            request, _("What you typed before signing in is still here. Files have to be chosen again.")
        )
        typed = {key: values if len(values) > 1 else values[0] for key, values in fields.items() if values}
        kwargs["initial"] = {**kwargs.get("initial", {}), **typed}
    return form_class(**kwargs)
