"""The one address to which agents report. It keeps what they send and answers at once; reading happens elsewhere.

No session, no cookie, no CSRF token: the agents know none. A user name and a password of their branch stand for them.
"""

import base64
import binascii
import hmac
import json
import re
import tempfile
from datetime import timedelta
from typing import IO, Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from core.http import address_of, within
from integrations.agents import actions, wire
from integrations.agents.enums import Trouble
from integrations.agents.models import AgentKey

WRONG, WINDOW = 60, timedelta(minutes=10)  # wrong passwords of one address before it has to wait
PIECE = 64 * 1024
_MB = 1024 * 1024
_ON_DISK_FROM = 256 * 1024  # bytes; what is smaller stays in memory
_ECHOED, _ECHO = ("GLPI-Agent-ID", "GLPI-Request-ID"), re.compile(r"[0-9A-Za-z-]{1,64}")
_REALM = 'Basic realm="Kumala ITSM"'  # the agents compare its beginning letter by letter
INVENTORY = {"server": "glpi", "version": "10.0.0", "no-category": "environment,process"}


class Refused(Exception):
    """The agent gets an answer with this status and this sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@login_not_required
@csrf_exempt
def report(request: HttpRequest) -> HttpResponse:
    """PROLOG, CONTACT and inventories of GLPI-Agent (JSON) and FusionInventory-Agent (XML)."""
    answer = _heard(request)
    for name in _ECHOED:  # so that an agent that asks twice at once knows which answer is which
        if _ECHO.fullmatch(said := request.headers.get(name, "")):
            answer[name] = said
    return answer


def _heard(request: HttpRequest) -> HttpResponse:
    try:
        if request.method != "POST":
            return _no_post(request)
        told = _told_size(request)
        key = _key_after_all(request)
        with tempfile.SpooledTemporaryFile(max_size=_ON_DISK_FROM) as body:
            if _take(request, body) < told:
                raise Refused(400, _("The report was cut off on its way."))
            return _answer(request, key, body, told)
    except Refused as refusal:
        return _refusal(request, refusal)


def _no_post(request: HttpRequest) -> HttpResponse:
    """Old task modules ask by GET for what we have not; a person who looks sees that the address is right."""
    if request.method in ("GET", "HEAD"):
        raise Refused(400, _("Agents report here by POST. Nothing else is to be had at this address."))
    answer = HttpResponse(status=405)
    answer["Allow"] = "POST"
    return answer


def _told_size(request: HttpRequest) -> int:
    """How many bytes are coming; too many are not even read."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    if not told.isdecimal() or int(told) > settings.AGENTS_LIMIT_MB * _MB:
        raise Refused(413, _("The report is larger than %(limit)s MB.") % {"limit": settings.AGENTS_LIMIT_MB})
    return int(told)


def _take(request: HttpRequest, body: IO[bytes] | None) -> int:
    """The whole body, piece by piece; its size."""
    size = 0
    while piece := request.read(PIECE):
        size += len(piece)
        if body is not None:
            body.write(piece)
    if body is not None:
        body.seek(0)
    return size


def _key_after_all(request: HttpRequest) -> AgentKey:
    """Agents send everything before they give their password; they hear an answer only when heard out."""
    try:
        return _key(request)
    except Refused:
        _take(request, None)
        raise


# Who reports ------------------------------------------------------------------------------------------------------


def _key(request: HttpRequest) -> AgentKey:
    """The branch's key whose password was given. Raises Refused: 401, or 429 after many wrong ones."""
    username, secret = _given(request)
    if not username and not secret:
        raise Refused(401, _("Set the user name and the password of the branch in the agent."))
    key = AgentKey.objects.of(username).first()
    digest = actions.fingerprint(secret=secret)
    if hmac.compare_digest(digest, key.digest if key else "-" * len(digest)) and key is not None:
        actions.note_use(key=key)
        return key
    if not within(request, "agents", most=WRONG, window=WINDOW):
        raise Refused(429, _("Too many wrong passwords came from here. Try again in ten minutes."))
    raise Refused(401, _("This user name and password are not valid. IT can issue a new key for the branch."))


def _given(request: HttpRequest) -> tuple[str, str]:
    scheme, _space, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        said = base64.b64decode(coded.strip()[:400], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", "?"
    username, _colon, secret = said.replace("\0", "").partition(":")
    return username[:40], secret


# What it wants ----------------------------------------------------------------------------------------------------


def _answer(request: HttpRequest, key: AgentKey, body: IO[bytes], size: int) -> HttpResponse:
    if not size:
        raise Refused(400, _("The report is empty."))
    if not wire.is_known(request.headers.get("Content-Type", "")):
        raise Refused(415, _("Agents send no bodies of this type."))
    message = _looked(body)
    match message.query:
        case "prolog":
            return _prolog(request)
        case "contact":
            return _contact(message)
        case "inventory":
            return _inventory(request, key, body, message)
    raise Refused(501, _("Only inventories of computers are taken here."))


def _looked(body: IO[bytes]) -> wire.Message:
    try:
        return wire.look(body, limit=settings.AGENTS_OPENED_LIMIT_MB * _MB)  # type: ignore[arg-type]  # it is a binary file
    except wire.Unreadable as problem:
        status = 413 if problem.why == Trouble.TOO_LARGE else 400
        raise Refused(status, str(Trouble(problem.why).label)) from None


def _prolog(request: HttpRequest) -> HttpResponse:
    """An agent that names its own number in the header speaks JSON: it is told so, and goes on in it."""
    if request.headers.get("GLPI-Agent-ID"):
        return _as_json({"status": "ok", "expiration": settings.AGENTS_EVERY_HOURS})
    return _as_xml(f"<PROLOG_FREQ>{settings.AGENTS_EVERY_HOURS}</PROLOG_FREQ><RESPONSE>SEND</RESPONSE>")


def _contact(message: wire.Message) -> HttpResponse:
    """When to report, and that we want only the inventory: no environment and no processes, they hold secrets."""
    unwanted = sorted({task.lower() for task in message.enabled_tasks} - {"inventory"})
    return _as_json(
        {
            "status": "ok", "expiration": settings.AGENTS_EVERY_HOURS, "tasks": {"inventory": INVENTORY},
            "disabled": unwanted,
        }
    )  # fmt: skip


def _inventory(request: HttpRequest, key: AgentKey, body: IO[bytes], message: wire.Message) -> HttpResponse:
    body.seek(0)
    actions.keep(
        raw=body,  # type: ignore[arg-type]  # it is a binary file
        key=key,
        agent_id=_shown(request.headers.get("GLPI-Agent-ID", "")) or _shown(message.device_id),
        agent=_shown(request.headers.get("User-Agent", "")),
        address=address_of(request),
    )
    if message.is_json:
        return _as_json({"status": "ok", "expiration": settings.AGENTS_EVERY_HOURS})
    return _as_xml("<RESPONSE>SEND</RESPONSE>")


def _shown(said: str) -> str:
    return "".join(c for c in said if c.isprintable())[:200]


# How it is said ---------------------------------------------------------------------------------------------------


def _as_json(said: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(said), status=status, content_type="application/json")


def _as_xml(said: str, status: int = 200) -> HttpResponse:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<REPLY>{said}</REPLY>\n'
    return HttpResponse(text, status=status, content_type="application/xml")


def _refusal(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """In the agent's own language: what it says stands in the log of the agent."""
    if request.headers.get("User-Agent", "").startswith("FusionInventory"):
        answer = _as_xml(f"<ERROR>{escape(refusal.message)}</ERROR>", refusal.status)
    else:
        said = {"status": "error", "message": refusal.message, "expiration": settings.AGENTS_EVERY_HOURS}
        answer = _as_json(said, refusal.status)
    if refusal.status == 401:
        answer["WWW-Authenticate"] = _REALM
    return answer
