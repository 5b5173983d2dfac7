"""What changes hands is signed for, and has a holder by that signature alone (SOP-B4.1.1)."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client

from approvals import actions as approvals
from approvals.actions import Given, Ink
from approvals.enums import CONSENT_VERSION, ApprovalState, Outcome
from approvals.models import Approval, Sealing, Signature
from core.database import refusal_of
from core.errors import NotPossible, PermissionDenied
from events.models import Event
from inventory import actions as inventory
from inventory import labels
from inventory.actions import Item
from inventory.enums import Condition
from inventory.models import Asset, Handover
from tests.api.client import Program
from tests.cast import PASSWORD, Cast
from tests.harness.ink import DRAWN
from tests.harness.refusals import not_possible
from tests.inventory import stage

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)


def again(thing: Asset) -> Asset:
    return Asset.objects.with_page_columns().get(pk=thing.pk)


@pytest.fixture
def laptop(cast: Cast) -> Asset:
    return stage.asset(cast, name="Laptop", serial="5CG1")


@pytest.fixture
def charger(cast: Cast) -> Asset:
    return stage.asset(cast, name="Charger")


@pytest.fixture
def held(cast: Cast, laptop: Asset) -> Asset:
    """The requester signed for it."""
    stage.decides(
        inventory.hand_over(person=cast.requester, items=[Item(laptop)], by=cast.agent), cast.requester
    )
    return again(laptop)


def test_several_things_change_hands_by_one_signature(cast: Cast, laptop: Asset, charger: Asset) -> None:
    items = [
        Item(laptop, Condition.WORN, "A scratch on the lid", [("lid.png", io.BytesIO(PNG))]),
        Item(charger, Condition.NEW),
    ]
    made = inventory.hand_over(person=cast.requester, items=items, by=cast.agent, note="For the front office")
    assert made.waits
    assert again(laptop).holder is None
    assert list(Approval.objects.waiting_for(cast.requester)) == [made.approval]
    form = stage.decides(made, cast.requester)
    for thing in (laptop, charger):
        now = again(thing)
        assert (now.holder, now.custody, now.state) == (cast.requester, made, "in_use")
    assert form.state == ApprovalState.APPROVED
    signature = Signature.objects.get(decision__approval=form)
    assert "in the condition that it describes" in signature.consent_text
    assert signature.consent_version == CONSENT_VERSION
    assert form.content["lines"][0]["note"] == "A scratch on the lid"
    assert form.content["lines"][0]["photos"][0]["sha256"] == form.files.get().sha256
    types = list(Event.objects.about(laptop).order_by("seq").values_list("type", flat=True))
    assert types[-4:] == ["asset.offered", "asset.received", "asset.changed", "asset.state_changed"]


def test_a_refusal_has_a_reason_and_changes_nothing(cast: Cast, laptop: Asset) -> None:
    made = inventory.hand_over(person=cast.requester, items=[Item(laptop)], by=cast.agent)
    stage.decides(made, cast.requester, Outcome.REFUSE, "The screen is broken.")
    now = again(laptop)
    assert (now.holder, now.custody, now.state) == (None, None, "in_stock")
    assert Event.objects.about(laptop).order_by("-seq")[0].facts["reason"] == "The screen is broken."
    inventory.hand_over(person=cast.colleague, items=[Item(laptop)], by=cast.agent)  # it is free again


def test_what_was_signed_for_goes_back_by_a_signature_alone(cast: Cast, held: Asset) -> None:
    with pytest.raises(NotPossible) as refused:
        inventory.change(asset=held, holder=cast.colleague, by=cast.agent)
    assert refused.value.rule == "SOP-B4.1.1"
    for move in ("put_in_stock", "retire"):
        with pytest.raises(NotPossible) as refused:
            inventory.move_state(asset=held, move=move, reason="Because.", by=cast.agent)
        assert refused.value.rule == "SOP-B4.1.1"
    with pytest.raises(NotPossible):
        inventory.hand_over(person=cast.colleague, items=[Item(held)], by=cast.agent)
    assert again(held).holder == cast.requester
    back = inventory.take_back(person=cast.requester, items=[Item(held, Condition.WORN)], by=cast.agent)
    assert again(held).holder == cast.requester
    stage.decides(back, cast.requester)
    now = again(held)
    assert (now.holder, now.custody, now.state) == (None, None, "in_stock")
    following = inventory.hand_over(person=cast.colleague, items=[Item(held)], by=cast.agent)
    stage.decides(following, cast.colleague)
    assert again(held).holder == cast.colleague


def test_postgresql_knows_who_signed(cast: Cast, held: Asset, charger: Asset) -> None:
    old = Handover.objects.get()
    claim = "UPDATE inventory_asset SET holder_id = %s, custody_id = %s WHERE id = %s"
    forged = [
        ("UPDATE inventory_asset SET holder_id = %s WHERE id = %s", [cast.outsider.pk, held.pk]),
        ("UPDATE inventory_asset SET holder_id = NULL, custody_id = NULL WHERE id = %s", [held.pk]),
        (claim, [cast.requester.pk, old.pk, charger.pk]),
        ("UPDATE inventory_handover SET person_id = %s, signer_id = %s", [cast.outsider.pk, cast.outsider.pk]),
    ]  # fmt: skip
    for statement, values in forged:
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
        assert getattr(refusal_of(refused.value), "rule", "") == "SOP-B4.1.1", statement
    stage.decides(
        inventory.take_back(person=cast.requester, items=[Item(held)], by=cast.agent), cast.requester
    )
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(claim, [cast.requester.pk, old.pk, held.pk])


def test_who_may_and_who_may_not(cast: Cast, laptop: Asset, charger: Asset) -> None:
    for name in ("requester", "branch_head", "auditor", "outsider"):
        with pytest.raises(PermissionDenied):
            inventory.hand_over(person=cast.colleague, items=[Item(laptop)], by=cast[name])
    with pytest.raises(NotPossible):  # nobody hands over to themselves
        inventory.hand_over(person=cast.agent, items=[Item(laptop)], by=cast.agent)
    made = inventory.hand_over(person=cast.requester, items=[Item(laptop)], by=cast.agent)
    for name in ("colleague", "agent", "branch_head"):
        with pytest.raises((PermissionDenied, NotPossible)):
            stage.decides(made, cast[name])
    with pytest.raises(NotPossible):  # it waits already
        inventory.hand_over(person=cast.colleague, items=[Item(charger), Item(laptop)], by=cast.agent)
    assert Handover.objects.count() == 1
    elsewhere = stage.asset(cast, "DPS", by=cast.it_manager)
    with pytest.raises(NotPossible):
        inventory.hand_over(person=cast.requester, items=[Item(charger), Item(elsewhere)], by=cast.it_manager)
    approvals.withdraw(approval=Approval.objects.get(pk=made.approval_id), by=cast.agent)
    inventory.hand_over(person=cast.colleague, items=[Item(laptop)], by=cast.agent)


def test_what_a_leaver_had_is_taken_back_by_the_it_manager(cast: Cast, held: Asset) -> None:
    cast.requester.is_active = False
    cast.requester.save(update_fields=["is_active"])
    with pytest.raises(NotPossible, match="IT Manager"):
        inventory.take_back(person=cast.requester, items=[Item(held)], by=cast.agent)
    with pytest.raises(PermissionDenied):
        inventory.take_back(person=cast.requester, items=[Item(held)], without_reason="Gone.", by=cast.agent)
    reason = "Left the company; it lay on the desk."
    back = inventory.take_back(
        person=cast.requester, items=[Item(held)], without_reason=reason, by=cast.it_manager
    )
    form = stage.decides(back, cast.it_manager)
    assert form.content["without_reason"] == reason
    assert again(held).holder is None


def test_nobody_takes_back_from_themselves_even_with_a_reason(cast: Cast, laptop: Asset) -> None:
    stage.decides(stage.handed(cast, laptop, cast.it_manager, by=cast.agent), cast.it_manager)
    for reason in ("", "I am alone here."):
        with not_possible("A colleague records it", rule="SOP-B4.1.1"):
            inventory.take_back(
                person=cast.it_manager, items=[Item(again(laptop))], without_reason=reason, by=cast.it_manager
            )


def test_postgresql_asks_the_hand_overs_of_one_asset_alone(cast: Cast, held: Asset) -> None:
    """However many other things changed hands since; and the signed form still says which things."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(tgfoid) FROM pg_trigger WHERE tgname LIKE 'pgtrigger_asset_keeps_its_custody%'"
        )
        (body,) = cursor.fetchone()
    assert body.count("l.asset_id = NEW.id") == 3
    assert body.count("jsonb_build_object('asset', NEW.id)") == 3


def test_the_receipt_is_sealed_and_can_be_checked(cast: Cast, laptop: Asset) -> None:
    made = inventory.hand_over(
        person=cast.requester,
        items=[Item(laptop, Condition.WORN, "", [("lid.png", io.BytesIO(PNG))])],
        by=cast.agent,
    )
    form = Approval.objects.get(pk=made.approval_id)
    approvals.prove_and_decide(
        approval=form, outcome=Outcome.APPROVE, by=cast.requester, given=Given(PASSWORD), shown_hash=form.content_hash,
        consent_version=CONSENT_VERSION, ink=Ink(drawing=DRAWN),
    )  # fmt: skip
    approvals.render_documents()
    assert not Sealing.objects.exclude(last_error="").values_list("last_error", flat=True)
    form = Approval.objects.select_related("document").get(pk=form.pk)
    assert form.document.is_ready
    assert form.document.audit_sha256
    answer = Client().get(f"/verify/{form.document.code}/")
    assert answer.status_code == 200
    assert cast.requester.name in answer.content.decode()


def test_it_is_recorded_on_a_telephone_and_signed_on_another(
    cast: Cast, page: Any, laptop: Asset, charger: Asset
) -> None:
    browser = page(cast.agent)
    start = f"/assets/hand-overs/new/?person={cast.requester.email}&tags={laptop.tag}"
    scanned = browser.get(f"{start}&code={labels.address_of(charger.tag)}")
    assert charger.tag in scanned.content.decode()
    assert browser.get(f"{start}&code=https://other.example/1").status_code == 422
    assert browser.get("/assets/hand-overs/new/?tags=NO-1&go=on").status_code == 422
    address = f"{start}+{charger.tag}&go=on"
    assert f"note_{charger.pk}" in browser.get(address).content.decode()
    assert browser.post(address, {f"condition_{laptop.pk}": "good"}).status_code == 422
    typed = {
        f"condition_{laptop.pk}": "worn", f"note_{laptop.pk}": "A scratch", f"condition_{charger.pk}": "new",
        f"photos_{laptop.pk}": SimpleUploadedFile("lid.png", PNG, "image/png"), "note": "For the front office",
    }  # fmt: skip
    answer = browser.post(address, typed)
    made = Handover.objects.get()
    assert answer["Location"] == made.get_absolute_url()
    told = browser.get(made.get_absolute_url()).content.decode()
    assert laptop.tag in told
    asked = page(cast.requester)
    assert made.number in asked.get("/assets/mine/").content.decode()
    form = asked.get(f"/approvals/{made.approval_id}/").content.decode()
    assert "A scratch" in form
    assert "Charger" in form
    sent = {
        "outcome": "approve", "approve-shown": Approval.objects.get().content_hash,
        "approve-signature": cast.requester.name,
        "approve-consent": CONSENT_VERSION, "approve-password": PASSWORD,
    }  # fmt: skip
    assert asked.post(f"/approvals/{made.approval_id}/decide/", sent).status_code == 302
    assert again(laptop).holder == cast.requester
    mine = asked.get("/assets/mine/").content.decode()
    assert laptop.tag in mine
    assert made.get_absolute_url() in mine
    back = browser.get(f"/assets/people/{cast.requester.pk}/").content.decode()
    assert f"/assets/people/{cast.requester.pk}/take-back/" in back
    returned = f"/assets/people/{cast.requester.pk}/take-back/?tags={laptop.tag}"
    assert browser.post(returned, {f"condition_{laptop.pk}": "good"}).status_code == 302
    assert Handover.objects.filter(direction="back").get().waits


def test_everything_that_waits_for_a_signature_is_shown(cast: Cast, page: Any, laptop: Asset) -> None:
    """Also what is older than the twenty that a page of the history shows."""
    waiting = [stage.handed(cast, laptop, cast.requester)]
    for _n in range(20):
        made = stage.handed(cast, stage.asset(cast), cast.requester)
        approvals.withdraw(approval=made.approval, by=cast.it_manager)
    shown = page(cast.requester).get("/assets/mine/").context
    assert shown["waiting"] == waiting
    assert waiting[0] not in shown["rows"]
    assert page(cast.agent).get(f"/assets/people/{cast.requester.pk}/").context["waiting"] == []


def test_an_address_with_a_plus_keeps_it(cast: Cast, page: Any) -> None:
    cast.requester.email = "sari+kasir@kumala.example"
    cast.requester.save(update_fields=["email"])
    browser = page(cast.agent)
    address = browser.get(f"/assets/people/{cast.requester.pk}/").context["new_url"]
    assert browser.get(address).context["form"].cleaned_data["person"] == cast.requester


def test_tags_are_found_whatever_their_capitals(cast: Cast, page: Any) -> None:
    thing = stage.asset(cast, tag="kg-Low-1", holder=cast.requester)
    browser = page(cast.agent)
    for typed in ("kg-Low-1", "KG-LOW-1", "kg-low-1"):
        assert browser.get(f"/assets/hand-overs/new/?tags={typed}").context["form"].assets == [thing], typed
        returned = browser.get(f"/assets/people/{cast.requester.pk}/take-back/?tags={typed}")
        assert returned.context["assets"] == [thing], typed
        assert browser.get(f"/assets/t/{typed}/")["Location"] == thing.get_absolute_url()
        assert list(Asset.objects.get_queryset().called([typed, "none"])) == [thing]


def test_programs_hand_over_and_take_back(cast: Cast, laptop: Asset) -> None:
    program = Program(cast.agent)
    asked = {"person": cast.requester.pk, "items": [{"asset": laptop.pk, "condition": "worn"}]}
    made = program.post("hand-overs/", key="k", **asked)
    assert (program.status, made["state"], made["lines"][0]["condition"]) == (201, "pending", "worn")
    assert (
        program.post(
            "hand-overs/",
            key="k",
            person=cast.requester.pk,
            items=[{"asset": laptop.pk, "condition": "worn"}],
        )
        == made
    )
    stage.decides(Handover.objects.get(), cast.requester)
    assert program.get(f"hand-overs/{made['id']}/")["state"] == "approved"
    assert program.get(f"assets/{laptop.pk}/")["custody_id"] == made["id"]
    program.post("hand-overs/", person=cast.colleague.pk, items=[{"asset": laptop.pk}])
    program.refused(409, "SOP-B4.1.1")
    back = program.post("hand-overs/returns/", person=cast.requester.pk, items=[{"asset": laptop.pk}])
    assert (program.status, back["direction"]) == (201, "back")
    assert len(Program(cast.requester).rows("hand-overs/", asset=laptop.pk)) == 2
    assert Program(cast.outsider).rows("hand-overs/") == []


def test_what_leavers_have_is_listed(cast: Cast, page: Any, held: Asset) -> None:
    cast.requester.is_active = False
    cast.requester.save(update_fields=["is_active"])
    browser = page(cast.it_manager)
    listed = browser.get("/assets/hand-overs/?show=leavers").content.decode()
    assert cast.requester.name in listed
    address = f"/assets/people/{cast.requester.pk}/take-back/?tags={held.tag}"
    assert browser.post(address, {f"condition_{held.pk}": "good"}).status_code == 422
    reason = {f"condition_{held.pk}": "good", "without_reason": "Left; it lay on the desk."}
    assert browser.post(address, reason).status_code == 302
    stage.decides(Handover.objects.filter(direction="back").get(), cast.it_manager)
    assert cast.requester.name not in browser.get("/assets/hand-overs/?show=leavers").content.decode()
