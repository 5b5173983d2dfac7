"""What our own mail server found out about a sender counts against the letter; what others claim counts for nothing."""

from typing import Any

import pytest

from accounts.models import User
from integrations.mailbox import actions, authenticity
from integrations.mailbox.models import AdmittedDomain
from tests.cast import Cast
from tests.harness.patience import ends
from tests.mailbox.conftest import Receive
from tests.mailbox.letters import answer, letter
from tests.stages import plain
from tickets.models import Comment, Ticket

OURS = "mx.kumala.example"
HERE = "kumala.example"  # where the cast has its addresses


@pytest.fixture(autouse=True)
def _server(settings: Any) -> None:
    settings.MAIL_IN_AUTHSERV_ID = [OURS]


def _refuted(*fields: str, domain: str = HERE) -> str:
    return authenticity.refuted(fields, servers=["MX.Kumala.example"], domain=domain)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (f"{OURS}; dmarc=fail header.from={HERE}", "dmarc=fail"),
        (f"{OURS} 1; dmarc = fail (p=none) header.from={HERE}", "dmarc=fail"),
        (f'{OURS}; dmarc/1=fail reason="no; dmarc=pass" header.from=mail.{HERE}', "dmarc=fail"),
        (f"(a (nested; dmarc=pass) one) {OURS.upper()}; DMARC=FAIL", "dmarc=fail"),
        (f"{OURS}; spf=fail smtp.mailfrom=sari@{HERE}", "spf=fail"),
        (f'{OURS}; dkim=fail (bad "signature) header.d={HERE}; spf=none', "dkim=fail"),
        (f"{OURS}; dkim=fail header.i=@{HERE}; spf=fail smtp.helo={HERE}", "dkim=fail, spf=fail"),
        (f"{OURS}; dmarc=none; spf=fail smtp.mailfrom={HERE}", "spf=fail"),
        (f"{OURS}; spf=fail smtp.mailfrom={HERE}; dkim=pass header.d=evil.example", "spf=fail"),
        (f"{OURS}; spf=fail smtp.mailfrom={HERE}; dkim=pass", "spf=fail"),
    ],
)
def test_a_failure_for_the_senders_domain_refutes_it(said: str, found: str) -> None:
    assert _refuted(said) == found


@pytest.mark.parametrize(
    "said",
    [
        "", ";", OURS, f"{OURS}; none", f"{OURS}; dmarc=pass header.from={HERE}",
        f"{OURS}; dmarc=pass header.from={HERE}; spf=fail smtp.mailfrom={HERE}",
        f"{OURS}; spf=fail smtp.mailfrom={HERE}; dkim=pass header.d={HERE}",
        f"{OURS}; dkim=fail header.d={HERE}; spf=pass smtp.mailfrom=sari@{HERE}",
        f"{OURS}; spf=softfail smtp.mailfrom={HERE}", f"{OURS}; dmarc=temperror header.from={HERE}",
        f"{OURS}; spf=fail smtp.mailfrom=list.example; dkim=fail header.d=list.example",
        f"{OURS}; dmarc=fail header.from=notkumala.example", f"{OURS}; x=y; dmarc=failure",
        f"mx.evil.example; dmarc=fail header.from={HERE}", f"{OURS}.evil.example; dmarc=fail",
        f'"{OURS}; dmarc=fail"', f"({OURS}; dmarc=fail", f"; {OURS}; dmarc=fail", f"{OURS} dmarc=fail",
    ],
)  # fmt: skip
def test_everything_else_says_nothing_against_it(said: str) -> None:
    assert _refuted(said) == ""


def test_a_pass_beside_a_failure_of_the_same_method_does_not_help() -> None:
    assert _refuted(f"{OURS}; dmarc=pass", f"{OURS}; dmarc=fail") == "dmarc=fail"


def test_an_enormous_field_is_read() -> None:
    for piece in ("(", ")", '"', "\\", ";", "dmarc", " ", "header.from=", "a=b;", "header. "):
        with ends():
            _refuted(f"{OURS};" + piece * (4000 // len(piece)))


def test_a_forged_letter_waits_with_its_reason_and_takes_nothing_over(cast: Cast, receive: Receive) -> None:
    said = f"{OURS}; dmarc=fail (p=reject) header.from={HERE}"
    case = plain(cast, "opened")
    for raw in (
        letter(cast.requester, Authentication_Results=said),
        answer(case.ticket, cast.agent, Authentication_Results=said),
    ):
        message = receive(raw)
        assert (message.state, message.reason) == ("quarantined", "forged")
        assert message.detail == f"{HERE}: dmarc=fail"
    assert Ticket.objects.count() == 1
    assert Comment.objects.count() == 0


def test_a_forged_letter_of_an_admitted_domain_enters_nobody(cast: Cast, receive: Receive) -> None:
    AdmittedDomain.objects.create(domain="cabang.example", branch=cast.bandung)
    said = f"{OURS}; spf=fail smtp.mailfrom=cabang.example"
    assert receive(letter("new@cabang.example", Authentication_Results=said)).reason == "forged"
    assert not User.objects.filter(email="new@cabang.example").exists()
    assert receive(letter("new@cabang.example")).state == "accepted"


@pytest.mark.parametrize(
    "said", ["", f"mx.evil.example; dmarc=fail header.from={HERE}", f"{OURS}; dmarc=pass header.from={HERE}"]
)
def test_nothing_of_ours_changes_nothing(cast: Cast, receive: Receive, said: str) -> None:
    facts = {"Authentication_Results": said} if said else {}
    assert receive(letter(cast.requester, **facts)).state == "accepted"


def test_without_a_server_of_ours_no_field_is_read(cast: Cast, receive: Receive, settings: Any) -> None:
    settings.MAIL_IN_AUTHSERV_ID = []
    assert receive(letter(cast.requester, Authentication_Results=f"{OURS}; dmarc=fail")).state == "accepted"


def test_somebody_of_it_can_take_it_in_all_the_same(cast: Cast, receive: Receive) -> None:
    message = receive(letter(cast.requester, Authentication_Results=f"{OURS}; dmarc=fail"))
    actions.admit(message=message, person=cast.requester, by=cast.agent)
    assert Ticket.objects.get().requester == cast.requester
