"""What somebody types and does not send yet: found again on every device, gone once it is sent, read by nobody else."""

from typing import Any

import pytest

from core.errors import NotPossible, PermissionDenied
from tests.cast import Cast
from tests.stages import Case, plain
from tickets import actions
from tickets.enums import Channel
from tickets.models import Unsent


@pytest.fixture
def case(cast: Cast) -> Case:
    cast.everybody()
    return plain(cast, "opened")


def _address(case: Case) -> str:
    return f"/requests/{case.pk}/unsent/"


def test_what_was_typed_is_found_on_another_device_and_by_nobody_else(case: Case, page: Any) -> None:
    telephone, desk = page(case.cast.agent), page(case.cast.agent)
    assert telephone.post(_address(case), {"text": "The fuser is"}).status_code == 204
    assert telephone.post(_address(case), {"text": "The fuser is worn out."}).status_code == 204
    for address in (case.ticket.url, f"{case.ticket.url}answer/"):
        assert ">The fuser is worn out.</textarea>" in desk.get(address).content.decode().replace("\n", "")
        assert "worn out" not in page(case.cast.other_agent).get(address).content.decode()
        assert "worn out" not in page(case.cast.requester).get(address).content.decode()
    assert "worn out" not in desk.get(f"{case.ticket.url}note/").content.decode()
    assert Unsent.objects.count() == 1


def test_a_note_is_kept_apart_from_an_answer(case: Case, page: Any) -> None:
    browser = page(case.cast.agent)
    browser.post(_address(case) + "?note=1", {"text": "Between us."})
    assert "Between us." in browser.get(f"{case.ticket.url}note/").content.decode()
    assert "Between us." not in browser.get(case.ticket.url).content.decode()


def test_what_is_sent_or_emptied_is_kept_no_longer(case: Case, page: Any) -> None:
    browser = page(case.cast.agent)
    browser.post(_address(case), {"text": "We come."})
    browser.post(_address(case) + "?note=1", {"text": "He is angry."})
    browser.post(f"{case.ticket.url}answer/", {"text": "We come.", "seen": 0})
    assert [u.is_internal for u in Unsent.objects.all()] == [True]
    browser.post(_address(case), {"text": "We come."})  # the page was slower than the answer
    assert [u.is_internal for u in Unsent.objects.all()] == [True]
    browser.post(_address(case) + "?note=1", {"text": "  "})
    assert not Unsent.objects.exists()


def test_a_letter_leaves_what_is_typed_alone(case: Case) -> None:
    actions.keep_unsent(ticket=case.ticket, text="On the page.", by=case.cast.agent)
    actions.answer(ticket=case.ticket, text="By e-mail.", by=case.cast.agent, channel=Channel.EMAIL)
    assert Unsent.objects.get().text == "On the page."


def test_only_those_who_may_write_keep_something(case: Case, page: Any) -> None:
    for who in ("auditor", "colleague", "outsider"):
        with pytest.raises(PermissionDenied):
            actions.keep_unsent(ticket=case.ticket, text="x", by=case.cast[who])
    with pytest.raises(PermissionDenied):
        actions.keep_unsent(ticket=case.ticket, text="x", by=case.cast.requester, is_internal=True)
    actions.cancel(ticket=case.ticket, by=case.cast.requester)
    with pytest.raises(NotPossible):
        actions.keep_unsent(ticket=case.ticket, text="x", by=case.cast.agent)
    assert not Unsent.objects.exists()
