"""What every API endpoint shares: problems (RFC 9457), pages by cursor, and requests that may be sent twice."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from core.database import refusal_of
from core.errors import NotPossible
from core.models import IdempotencyKey


def as_problem(problem: Exception, context: dict[str, Any]) -> Response | None:
    """The one exception handler: every refusal is `application/problem+json` with title, detail, and rule or errors."""
    response = _problem(problem)
    if response is not None:
        response.content_type = "application/problem+json"
        for name in ("WWW-Authenticate", "Retry-After"):
            if value := getattr(
                problem, {"WWW-Authenticate": "auth_header", "Retry-After": "wait"}[name], None
            ):
                response[name] = str(value)
    return response


def _problem(problem: Exception) -> Response | None:
    match problem:
        case NotPossible():
            return _answer(409, _("Not possible now"), str(problem), rule=problem.rule)
        case IntegrityError() if refusal := refusal_of(problem):
            return _answer(409, _("Not possible now"), str(refusal), rule=refusal.rule)
        case OperationalError() | InterfaceError():
            return _answer(
                503, _("Out of reach"), _("The database does not answer. Nothing was done; try again.")
            )
        case Http404():
            return _answer(404, _("Not found"), _("There is nothing here that you may see."))
        case PermissionDenied() | exceptions.PermissionDenied():
            return _answer(403, _("Not yours to do"), _("Your roles do not allow this here."))
        case exceptions.ValidationError():
            return _answer(
                400, _("Not understood"), _("Some fields need another look."), errors=problem.detail
            )
        case exceptions.MethodNotAllowed():
            return _answer(405, _("Not possible here"), str(problem.detail))
        case exceptions.APIException():
            return _answer(problem.status_code, str(problem.default_detail), str(problem.detail))
    return None


def _answer(code: int, title: str, detail: str, **more: Any) -> Response:
    facts = {key: value for key, value in more.items() if value}
    return Response(
        {"type": "about:blank", "title": title, "status": code, "detail": detail, **facts}, status=code
    )


def once(perform: Callable[..., Response]) -> Callable[..., Response]:
    """An unsafe endpoint that honours `Idempotency-Key`: the same key and body from the same person act once.

    The key, the act and the stored answer are one transaction: whoever repeats a request after a lost answer gets
    the first answer again, and whoever repeats it while the first still runs waits for it.
    """
    return _keyed(perform, secrets=())


def once_keeping_secret(*secrets: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """As `once`, for answers that hold a secret: the first answer tells it, what is stored for a repeat has null there.

    A lost answer is then a lost secret: the repeat says which thing was made, so that it can be revoked.
    """
    return lambda perform: _keyed(perform, secrets=secrets)


def _keyed(perform: Callable[..., Response], *, secrets: tuple[str, ...]) -> Callable[..., Response]:
    def wrapped(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return perform(self, request, *args, **kwargs)
        if len(key) > 100:
            raise exceptions.ValidationError({"Idempotency-Key": [_("At most 100 characters.")]})
        with transaction.atomic():
            return _once(lambda: perform(self, request, *args, **kwargs), request, key, secrets)

    wrapped.__name__, wrapped.__doc__ = perform.__name__, perform.__doc__
    wrapped.honours_key = True  # type: ignore[attr-defined]  # `core.openapi` describes it
    return wrapped


def _once(perform: Callable[[], Response], request: Request, key: str, secrets: tuple[str, ...]) -> Response:
    what = hashlib.sha256(
        json.dumps([request.method, request.path, _body(request)], default=str).encode()
    ).hexdigest()
    slot, first = IdempotencyKey.objects.get_or_create(
        user_id=int(request.user.pk or 0), key=key, defaults={"request_hash": what}
    )
    if not first:
        slot = IdempotencyKey.objects.select_for_update().get(pk=slot.pk)
        if slot.request_hash != what:
            raise NotPossible(_("This Idempotency-Key was already used for another request."))
        return Response(slot.answer, status=slot.status, headers={"Idempotency-Replayed": "true"})
    response = perform()
    slot.status = response.status_code
    slot.answer = json.loads(json.dumps(response.data, default=str))
    for name in secrets:
        slot.answer[name] = None
    slot.save()
    return response


def _body(request: Request) -> Any:
    """What was sent, files by their content: the same key with another file is another request."""
    data: Any = request.data
    if not hasattr(data, "keys"):
        return data
    lists = data.lists() if hasattr(data, "lists") else data.items()
    return {
        key: [_fingerprint(part) for part in (value if isinstance(value, list) else [value])]
        for key, value in lists
    }


def _fingerprint(part: Any) -> Any:
    if not hasattr(part, "read"):
        return part
    digest = hashlib.sha256(part.read()).hexdigest()
    part.seek(0)
    return digest
