# ruff: noqa: E501 - a table or a sentence reads better on one line
"""The address at which agents report: both protocols, credentials, and what strangers throw at it."""

import base64
import gzip
import io
import json
import zlib
from typing import Any

import pytest
from django.test import Client
from django.test.client import FakePayload
from django.utils import timezone

from core import files
from integrations.agents import actions, wire
from integrations.agents.models import AgentKey, Report
from tests.agents.bodies import AGENT, CONTACT, PROLOG, as_json, as_xml
from tests.agents.conftest import Send
from tests.cast import Cast

FUSION = "FusionInventory-Agent_v2.6-3"


def _deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


# As the agents do it --------------------------------------------------------------------------------------------------


def test_a_prolog_in_xml_is_answered_in_plain_xml(send: Send) -> None:
    answer = send(zlib.compress(PROLOG), User_Agent=FUSION)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
    assert b"<PROLOG_FREQ>24</PROLOG_FREQ><RESPONSE>SEND</RESPONSE>" in answer.content
    assert not Report.objects.exists()


def test_a_prolog_with_an_agent_number_is_told_to_speak_json(send: Send) -> None:
    answer = send(zlib.compress(PROLOG), GLPI_Agent_ID=AGENT)
    assert json.loads(answer.content) == {"status": "ok", "expiration": 24}
    assert (answer.content[:1], answer.content[-1:]) == (b"{", b"}")


def test_a_contact_asks_for_the_inventory_and_nothing_else(send: Send) -> None:
    said = json.loads(send(zlib.compress(CONTACT), GLPI_Agent_ID=AGENT).content)
    assert said["status"] == "ok"
    assert said["tasks"]["inventory"] == {
        "server": "glpi",
        "version": "10.0.0",
        "no-category": "environment,process",
    }
    assert said["disabled"] == ["collect", "deploy", "netdiscovery"]


@pytest.mark.parametrize(
    ("kind", "pack"),
    [
        ("application/x-compress-zlib", zlib.compress), ("application/x-compress-gzip", gzip.compress),
        ("application/x-compress-deflate", _deflated), ("Application/JSON", bytes), ("application/xml", bytes),
        ("application/x-compress-zlib", gzip.compress),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("body", "is_json"), [(as_json(), True), (as_xml(), False)], ids=["json", "xml"])
def test_an_inventory_is_kept_as_it_came_however_it_is_packed(
    send: Send, kind: str, pack: Any, body: bytes, is_json: bool
) -> None:
    raw = pack(body)
    answer = send(raw, kind=kind, GLPI_Agent_ID=AGENT if is_json else "", User_Agent="GLPI-Agent_v1.7.1")
    assert answer.status_code == 200, answer.content
    assert (b'"status": "ok"' if is_json else b"<RESPONSE>SEND</RESPONSE>") in answer.content
    report = Report.objects.get()
    assert files.path_of(report.sha256).read_bytes() == raw
    assert report.agent_id == (AGENT if is_json else "bdg-srv-2026-01-05-09-00-00")
    assert report.agent == "GLPI-Agent_v1.7.1"


def test_the_same_report_twice_is_one(send: Send, tell: Any) -> None:
    for _turn in range(3):
        assert send(zlib.compress(as_json()), GLPI_Agent_ID=AGENT).status_code == 200
    assert Report.objects.count() == 1


def test_a_large_report_says_its_device_at_its_end(send: Send) -> None:
    body = as_xml("<SOFTWARES><NAME>x</NAME></SOFTWARES>" * 5000)
    assert len(body) > wire.SMALL
    assert send(zlib.compress(body)).status_code == 200
    assert Report.objects.get().agent_id == "bdg-srv-2026-01-05-09-00-00"


# Who may -------------------------------------------------------------------------------------------------------------


def _basic(username: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode()


def test_without_a_password_the_agent_is_asked_for_it(send: Send) -> None:
    answer = send(zlib.compress(PROLOG), who="")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="Kumala ITSM"')
    assert not answer.cookies


@pytest.mark.parametrize(
    "who", ["Basic !!!", "Basic /w==", "Bearer x", "Basic " + "A" * 5000, _basic("", ""), _basic("a\0b", "c")]
)
def test_what_is_no_password_is_refused(send: Send, who: str) -> None:
    assert send(zlib.compress(as_json()), who=who).status_code == 401
    assert not Report.objects.exists()


def test_a_wrong_password_and_a_revoked_key_are_refused(
    send: Send, key: tuple[AgentKey, str], cast: Cast
) -> None:
    assert send(zlib.compress(as_json()), who=_basic(key[0].username, key[1] + "x")).status_code == 401
    other, secret = actions.issue_key(branch=cast.bandung, by=cast.it_manager)
    assert send(zlib.compress(PROLOG), who=_basic(other.username, secret)).status_code == 200
    actions.revoke_key(key=other, by=cast.it_manager)
    assert send(zlib.compress(PROLOG), who=_basic(other.username, secret)).status_code == 401
    assert send(zlib.compress(PROLOG)).status_code == 200, "the other key of the branch goes on"


def test_a_key_of_a_closed_branch_is_refused(send: Send, cast: Cast) -> None:
    cast.bandung.is_active = False
    cast.bandung.save()
    assert send(zlib.compress(PROLOG)).status_code == 401


def test_guessing_ends_after_many_wrong_passwords(
    send: Send, key: tuple[AgentKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.agents.views.door.WRONG", 3)
    said = [send(b"x", who=_basic(key[0].username, str(n))).status_code for n in range(5)]
    assert said == [401, 401, 401, 429, 429]
    assert send(zlib.compress(PROLOG)).status_code == 200, "whoever knows the password is not held up"


def test_only_a_fingerprint_of_the_password_is_kept(key: tuple[AgentKey, str]) -> None:
    assert key[1] not in str(AgentKey.objects.values().get(pk=key[0].pk))
    assert len(key[1]) >= 32


def test_its_last_use_is_noted(send: Send, key: tuple[AgentKey, str]) -> None:
    send(zlib.compress(PROLOG))
    used = AgentKey.objects.get(pk=key[0].pk).used_at
    assert used is not None
    assert (timezone.now() - used).total_seconds() < 60


# What is thrown at it ---------------------------------------------------------------------------------------------------


def test_other_methods_are_refused(send: Send) -> None:
    assert Client().get("/integrations/agents/?action=getConfig&machineid=x").status_code == 400
    assert Client().get("/integrations/agents/").json()["status"] == "error"
    for method in ("put", "patch", "delete"):
        assert getattr(Client(), method)("/integrations/agents/").status_code == 405


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"hello", 400), (b"\x78\x9c" + b"rubbish", 400), (zlib.compress(as_json())[:-20], 400), (b"{", 400),
        (b"{}", 200), (b"[1]", 400), (b'{"action": 5}', 400), (b'{"action": "netdiscovery"}', 501),
        (b'{"a":' + b"[" * 60000, 400), (b"<REQUEST><QUERY>SNMPQUERY</QUERY></REQUEST>", 501), (b"\xff\xfe<\x00", 200),
        (b'{"deviceid": {"a": 1}, "enabled-tasks": [1, {}]}', 200), (b'{"content": "\xff\xfe"}', 400),
    ],
)  # fmt: skip
def test_what_is_no_report_gets_a_sentence(send: Send, body: bytes, status: int) -> None:
    answer = send(body)
    assert answer.status_code == status, answer.content
    if status != 200:
        assert answer.json()["status"] == "error"
        assert answer.json()["message"]


def test_other_types_are_refused(send: Send) -> None:
    assert send(as_json(), kind="text/html").status_code == 415


def test_fusioninventory_hears_refusals_in_xml(send: Send) -> None:
    answer = send(b"rubbish", User_Agent=FUSION)
    assert answer["Content-Type"] == "application/xml"
    assert b"<REPLY><ERROR>" in answer.content


def test_a_hundred_megabytes_are_not_even_read(send: Send, key: tuple[AgentKey, str]) -> None:
    class Unread(FakePayload):
        """A body that must stay where it is."""

        def read(self, *args: Any, **kwargs: Any) -> bytes:
            raise AssertionError("it was read")

    answer = Client().generic("POST", "/integrations/agents/", b"", **{
        "wsgi.input": Unread(b""), "CONTENT_LENGTH": str(100 * 1024 * 1024), "HTTP_AUTHORIZATION": _basic(*_named(key)),
    })  # fmt: skip
    assert answer.status_code == 413


def _named(key: tuple[AgentKey, str]) -> tuple[str, str]:
    return key[0].username, key[1]


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress, _deflated])
def test_a_zip_bomb_is_refused_where_its_limit_is(send: Send, pack: Any, settings: Any) -> None:
    settings.AGENTS_OPENED_LIMIT_MB = 1
    bomb = pack(b'{"content": "' + b" " * 30_000_000)
    assert len(bomb) < 40_000
    assert send(bomb).status_code == 413
    assert not Report.objects.exists()


def test_opening_stops_at_the_limit() -> None:
    bomb = zlib.compress(b"<" * 50_000_000)
    seen = 0
    with pytest.raises(wire.Unreadable, match="too_large"):
        for piece in wire.opened(io.BytesIO(bomb), limit=1_000_000):
            seen += len(piece)
            assert len(piece) <= wire.PIECE
    assert seen <= 1_000_000


def test_the_number_of_a_request_comes_back(send: Send) -> None:
    answer = send(as_json(), kind="application/json", GLPI_Request_ID="4F00AA17", GLPI_Agent_ID=AGENT)
    assert (answer["GLPI-Request-ID"], answer["GLPI-Agent-ID"]) == ("4F00AA17", AGENT)
    refused = send(b"", kind="application/json", who="", GLPI_Request_ID="not a number")
    assert (refused.status_code, "GLPI-Request-ID" in refused) == (401, False)
