"""Deciding: by whoever is asked, on what they saw, with a proof and a signature; in order, once, and for good."""

import base64
import io
import struct
import zlib
from typing import Any

import pytest
from django.utils.html import escape
from PIL import Image

from accounts import actions as accounts
from accounts.models import User, office_date
from approvals import actions as approvals
from approvals.actions import Ink
from approvals.enums import CONSENT_VERSION, ApprovalEvent
from approvals.models import Approval, Decision, Signature
from approvals.rules import is_name_of
from events.models import Event
from tests.api.client import Program
from tests.approvals.test_signing import signs
from tests.cast import PASSWORD, Cast
from tests.harness.clock import Clock
from tests.harness.events import recorded
from tests.harness.ink import DRAWN
from tests.harness.refusals import not_possible, not_yours
from tests.stages import Case, reach


@pytest.fixture
def case(cast: Cast) -> Case:
    return reach(cast, "brm_submitted", hours=24)


def png(size: tuple[int, int] = (30, 10), *, stroke: tuple[int, int, int, int] | None = None) -> str:
    """A canvas, empty or with a stroke in this rectangle (left, top, right, bottom)."""
    out, canvas = io.BytesIO(), Image.new("RGBA", size)
    if stroke:
        canvas.paste((18, 51, 44, 255), stroke)
    canvas.save(out, "PNG")
    return address(out.getvalue())


def address(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


def pretended(width: int, height: int) -> str:
    """A PNG of a few bytes that says it is so large."""
    size = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return address(b"\x89PNG\r\n\x1a\n\0\0\0\r" + size + struct.pack(">I", zlib.crc32(size)))


def test_director_then_board(case: Case) -> None:
    with recorded(ApprovalEvent.STEP_APPROVED):
        case.director_signed()
    assert (case.brm.state, case.brm.waiting_roles) == ("pending", ["bod"])
    case.brm_approved()
    assert case.brm.state == "approved"
    assert case.request.approved_hours == 24
    assert [s.decision.decided_by.name for s in Signature.objects.order_by("pk")] == [
        "Bambang Hartono",
        "Ratna Sari",
    ]


def test_a_signature_says_over_what_by_which_factor_and_with_which_consent(case: Case) -> None:
    case.director_signed()
    signature = Signature.objects.get()
    assert (signature.content_hash, signature.factor, signature.method) == (
        case.brm.content_hash,
        "password",
        "typed",
    )
    assert signature.consent_text
    assert signature.decision.content_hash == case.brm.fingerprint()


def test_what_was_shown_is_what_is_signed(case: Case) -> None:
    with not_possible("not the one you saw"):
        case.decide(case.brm, "director", shown_hash="0" * 64)


def test_an_old_proof_signs_nothing(case: Case, clock: Clock) -> None:
    proof = case.cast.proof("director")
    clock.forward(minutes=6)
    with not_possible("confirm again"):
        case.decide(case.brm, "director", proof=proof)


def test_somebody_elses_proof_signs_nothing(case: Case) -> None:
    proof = case.cast.proof("board")
    with not_possible("confirm again"):
        case.decide(case.brm, "director", proof=proof)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_refusal_has_a_reason(case: Case, reason: str) -> None:
    proof = case.cast.proof("director")
    with not_possible("why you refuse"):
        case.decide(case.brm, "director", proof=proof, outcome="refuse", reason=reason)


def test_a_refusal_ends_the_form_and_leaves_no_signature(case: Case) -> None:
    case.decide(case.brm, "director", outcome="refuse", reason="Not this year.")
    assert case.brm.state == "refused"
    assert not Signature.objects.exists()
    assert case.request.needs_brm
    assert Event.objects.about(case.ticket).get(type="approval.refused").facts["reason"] == "Not this year."


@pytest.mark.parametrize("ink", [Ink(), Ink(typed_name="  "), Ink(drawing="data:image/png;base64,AAAA"),
                                 Ink(drawing="x"), Ink(drawing="data:image/svg+xml;base64,PHN2Zy8+"),
                                 Ink(drawing=png((3000, 10))), Ink(drawing=png()), Ink(drawing=png(), typed_name=" "),
                                 Ink(drawing=pretended(30_000, 30_000)), Ink(drawing=pretended(1000, 0))])  # fmt: skip
def test_a_signature_that_is_none_is_refused(case: Case, ink: Ink) -> None:
    proof = case.cast.proof("director")
    with not_possible(""):
        case.decide(case.brm, "director", proof=proof, ink=ink)


def test_a_drawing_is_kept_as_clean_png(case: Case) -> None:
    case.decide(case.brm, "director", ink=Ink(drawing=png(stroke=(4, 2, 20, 8))))
    kept = Image.open(io.BytesIO(bytes(Signature.objects.get().image)), formats=["PNG"])
    assert kept.size == (16, 6)  # without the empty paper around it


def test_whoever_only_types_has_no_empty_drawing_under_the_form(case: Case) -> None:
    case.decide(case.brm, "director", ink=Ink(drawing=png(), typed_name="bambang hartono"))
    signature = Signature.objects.get()
    assert (signature.method, bytes(signature.image), signature.typed_name) == (
        "typed",
        b"",
        "bambang hartono",
    )


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Bambang Hartono", "BAMBANG  hartono"), ("Ir. Bambang Hartono, M.M.", "ir bambang hartono mm"),
     ("André O'Brien", "Andre OBrien"), ("陳大文", "陳 大文"), ("สมชาย ใจดี", "สมชาย  ใจดี")],
)  # fmt: skip
def test_a_typed_signature_is_the_signers_own_name_however_it_is_written(name: str, typed: str) -> None:
    assert is_name_of(typed, User(name=name))
    assert not is_name_of(typed[1:], User(name=name))
    assert not is_name_of("", User(name=name))


@pytest.mark.parametrize("typed", ["B. Hartono", "Ratna Sari", "I", "Bambang Hartono II"])
def test_nobody_signs_in_another_name(case: Case, typed: str) -> None:
    """By the action, the page and the API alike; the sentence says what to type, and nothing is decided."""
    said = "Type your own name as your signature: Bambang Hartono."
    with not_possible(said):
        case.decide(case.brm, "director", ink=Ink(typed_name=typed))
    with not_possible(said):  # also beside a drawing
        case.decide(case.brm, "director", ink=Ink(drawing=DRAWN, typed_name=typed))
    form, director = case.brm, Program(case.cast.director)
    director.post(
        f"approvals/{form.pk}/decide/", outcome="approve", secret=PASSWORD, typed_name=typed,
        shown_hash=form.content_hash, consent_version=CONSENT_VERSION,
    )  # fmt: skip
    director.refused(409)
    answer = signs(case.cast.director, form, signature=typed, password=PASSWORD)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert (case.brm.state, Signature.objects.count()) == ("pending", 0)


@pytest.mark.parametrize(("drawn", "is_shown"), [(DRAWN, True), ("data:text/html;base64,PGI+", False)])
def test_a_mistyped_password_costs_no_drawing(case: Case, drawn: str, is_shown: bool) -> None:
    answer = signs(case.cast.director, case.brm, password="mistyped", signature_drawn=drawn)
    assert answer.status_code == 422
    assert (f'value="{escape(drawn)}"' in answer.content.decode()) is is_shown


def test_who_asked_or_submitted_never_decides(cast: Cast) -> None:
    """Also not as a substitute of the Director."""
    case = reach(cast, "brm_submitted", hours=24)
    today = office_date()
    accounts.name_substitute(
        absent=cast.director,
        substitute=cast.requester,
        first=today,
        last=today,
        reason="Leave",
        by=cast.director,
    )
    cast.again("requester")
    proof = cast.proof("requester")
    with not_yours():
        case.decide(case.brm, "requester", proof=proof)


def test_a_substitute_signs_for_the_director_and_not_also_for_the_board(cast: Cast) -> None:
    case, today = reach(cast, "brm_submitted", hours=24), office_date()
    for absent in ("director", "board"):
        accounts.name_substitute(
            absent=cast[absent],
            substitute=cast.db_manager,
            first=today,
            last=today,
            reason="Leave",
            by=cast[absent],
        )
    cast.again("db_manager")
    case.decide(case.brm, "db_manager")
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.on_behalf_of, decision.who) == (
        cast.db_manager, cast.director, "Joko Susilo for Bambang Hartono",
    )  # fmt: skip
    proof = cast.proof("db_manager")
    with not_possible("already decided", rule="SOP-A5"):
        case.decide(case.brm, "db_manager", proof=proof)


def test_an_incomplete_form_is_not_submitted(cast: Cast) -> None:
    case = reach(cast, "planned", hours=24)
    with not_possible("missing"):
        approvals.submit(approval=case.brm, by=cast.requester)


def test_two_who_write_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    case = reach(cast, "planned", hours=24)
    shown = case.brm.version
    approvals.save_draft(approval=case.brm, content={"risk": "None."}, version=shown, by=cast.requester)
    with not_possible("somebody else changed"):
        approvals.save_draft(approval=case.brm, content={"risk": "Many."}, version=shown, by=cast.it_manager)


def test_each_list_of_waiting_forms_is_ones_own(cast: Cast) -> None:
    cast.everybody()
    reach(cast, "brm_submitted", hours=24)
    uat = reach(cast, "uat_submitted")
    waiting: dict[str, Any] = {n: Approval.objects.waiting_for(cast[n]).count() for n in cast.everybody()}
    assert {n for n, count in waiting.items() if count} == {"director", "requester"}
    assert Approval.objects.waiting_for(cast.requester).get() == uat.uat
