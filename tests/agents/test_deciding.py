"""What people decide about machines, who may, and how it is taken back."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import NotPossible, PermissionDenied
from core.models import IdempotencyKey
from events.models import Event
from integrations.agents import actions
from integrations.agents.enums import Alarm, MachineState
from integrations.agents.models import AgentKey, Identity, Machine
from inventory import actions as inventory
from inventory.models import Asset, AssetType
from tests.agents.bodies import as_json, changed, partial, windows
from tests.agents.conftest import Told, again
from tests.api.client import Program
from tests.cast import Cast

OTHER = changed(
    changed(windows(), "bios", ssn="OTHER-77"),
    "hardware",
    uuid="11112222-3333-4444-5555-666677778888",
    name="COPY",
)


def test_a_known_asset_is_taken_and_verified(tell: Told, kind: AssetType, cast: Cast) -> None:
    asset = inventory.register(type=kind, branch=cast.bandung, by=cast.agent, serial="B5Q8VD3")
    machine = actions.admit(machine=tell(as_json()).machine, asset=asset, by=cast.agent)  # type: ignore[arg-type]
    assert machine.asset == asset
    assert Asset.objects.get(pk=asset.pk).verified_how == "agent"
    assert Asset.objects.count() == 1


def test_only_it_of_the_branch_decides(tell: Told, kind: AssetType, cast: Cast) -> None:
    machine = tell(as_json()).machine
    assert machine is not None
    for name in (
        "requester",
        "branch_head",
        "auditor",
        "administrator",
        "foreign_agent",
        "foreign_it_manager",
    ):
        with pytest.raises(PermissionDenied):
            actions.admit(machine=machine, type=kind, by=cast[name])
        with pytest.raises(PermissionDenied):
            actions.refuse(machine=machine, reason="No.", by=cast[name])
    assert not Event.objects.filter(type="agent.admitted").exists()


def test_an_asset_of_another_branch_or_with_a_machine_is_not_taken(
    tell: Told, admitted: Callable[..., Machine], kind: AssetType, cast: Cast
) -> None:
    taken = admitted(as_json()).asset
    waiting = tell(as_json(OTHER), agent="other").machine
    assert waiting is not None
    foreign = inventory.register(type=kind, branch=cast.denpasar, by=cast.it_manager)
    for asset, said in (
        (foreign, "belongs to another branch"),
        (taken, "stands for"),
        (None, "Choose an asset"),
    ):
        with pytest.raises(NotPossible, match=said):
            actions.admit(machine=waiting, asset=asset, by=cast.agent)


def test_every_decision_needs_a_reason(tell: Told, cast: Cast) -> None:
    with pytest.raises(NotPossible, match="Say why"):
        actions.refuse(machine=tell(as_json()).machine, reason="  ", by=cast.agent)  # type: ignore[arg-type]


def test_a_refused_machine_changes_nothing_until_it_is_reconsidered(tell: Told, cast: Cast) -> None:
    machine = tell(as_json()).machine
    assert machine is not None
    actions.refuse(machine=machine, reason="A private one.", by=cast.agent)
    assert tell(as_json(changed(windows(), "hardware", name="NEW"))).trouble == "refused"
    assert again(machine).name == "BDG-PC-017"
    actions.reconsider(machine=machine, reason="It is ours.", by=cast.agent)
    assert tell(as_json(changed(windows(), "hardware", name="NEWER"))).trouble == ""
    assert again(machine).name == "NEWER"


def test_admission_by_mistake_is_taken_back(admitted: Callable[..., Machine], tell: Told, cast: Cast) -> None:
    machine = admitted(as_json(windows(antivirus=[])))
    assert machine.findings.filter(ended_at=None).exists()
    asset = again(machine).asset
    assert asset is not None
    actions.reconsider(machine=machine, reason="The wrong asset.", by=cast.agent)
    assert not machine.findings.filter(ended_at=None).exists()
    before = Asset.objects.get(pk=asset.pk).last_seen_at
    tell(partial())
    assert Asset.objects.get(pk=asset.pk).last_seen_at == before


def test_joined_machines_are_one_and_can_be_parted(
    admitted: Callable[..., Machine], tell: Told, cast: Cast
) -> None:
    first = admitted(as_json())
    second = tell(as_json(OTHER), agent="other").machine
    assert second is not None
    actions.join(machine=second, other=first, reason="A new main board.", by=cast.agent)
    assert tell(as_json(OTHER, tag="1"), agent="other").machine == first
    assert again(second).state == MachineState.JOINED
    actions.part(machine=second, reason="It was another PC.", by=cast.agent)
    assert tell(as_json(OTHER, tag="2"), agent="other").machine == second
    assert again(second).state == MachineState.WAITING
    said = Event.objects.filter(subject_id=second.pk, subject_type="agents.machine").values_list(
        "type", flat=True
    )
    assert {"agent.joined", "agent.parted"} <= set(said)


def test_a_machine_is_joined_with_its_like_only(
    admitted: Callable[..., Machine], tell: Told, cast: Cast
) -> None:
    first = admitted(as_json())
    key, _secret = actions.issue_key(branch=cast.denpasar, by=cast.it_manager)
    foreign = tell(as_json(OTHER), agent="other", by=key).machine
    assert foreign is not None
    for other in (first, foreign):
        with pytest.raises(NotPossible, match="same branch"):
            actions.join(machine=first, other=other, reason="Why not.", by=cast.agent)


def test_a_wrong_match_is_separated_and_not_made_again(
    admitted: Callable[..., Machine], tell: Told, cast: Cast
) -> None:
    machine = admitted(as_json())
    tell(as_json(changed(windows(), "hardware", memory=1)), agent="second")
    marks = Identity.objects.get(agent_id="second")
    other = actions.separate(
        machine=machine, identity=marks, reason="Two machines with one board number.", by=cast.agent
    )
    assert other.state == MachineState.WAITING
    assert tell(as_json(changed(windows(), "hardware", memory=2)), agent="second").machine == other
    assert tell(partial()).machine == machine


def test_marks_of_another_machine_are_not_separated(
    admitted: Callable[..., Machine], tell: Told, cast: Cast
) -> None:
    machine = admitted(as_json())
    with pytest.raises(NotPossible, match="one set of marks"):
        actions.separate(machine=machine, identity=machine.identities.get(), reason="x", by=cast.agent)


def test_an_alarm_stands_in_the_way_of_admission_until_somebody_settles_it(
    admitted: Callable[..., Machine], tell: Told, kind: AssetType, cast: Cast
) -> None:
    machine = admitted(as_json())
    clone = tell(as_json(OTHER)).machine
    assert clone is not None
    with pytest.raises(NotPossible, match="Settle the alarm"):
        actions.admit(machine=clone, type=kind, by=cast.agent)
    actions.settle_alarm(machine=clone, reason="A disk was copied on purpose.", by=cast.agent)
    assert (again(machine).alarm, again(clone).alarm) == ("", "")
    actions.admit(machine=again(clone), type=kind, by=cast.agent)


def test_two_names_that_are_right_raise_no_alarm_again(
    admitted: Callable[..., Machine], tell: Told, cast: Cast
) -> None:
    machine = admitted(as_json())
    tell(as_json(changed(windows(), "hardware", name="LINUX")))
    tell(as_json(changed(windows(), "hardware", memory=1)))
    assert again(machine).alarm == Alarm.NAMES
    actions.settle_alarm(machine=machine, reason="Two systems on one PC.", by=cast.agent)
    assert tell(as_json(changed(windows(), "hardware", memory=2))).trouble == ""


def test_keys_are_the_it_managers_and_the_administrators(cast: Cast) -> None:
    for name in ("agent", "db_manager", "auditor", "branch_head", "foreign_it_manager"):
        with pytest.raises(PermissionDenied):
            actions.issue_key(branch=cast.bandung, by=cast[name])
    key, _secret = actions.issue_key(branch=cast.denpasar, by=cast.foreign_it_manager)
    with pytest.raises(PermissionDenied):
        actions.revoke_key(key=key, by=cast.agent)
    actions.revoke_key(key=key, by=cast.administrator)
    with pytest.raises(NotPossible, match="revoked before"):
        actions.revoke_key(key=key, by=cast.administrator)


def test_the_page_of_an_asset_has_a_place_for_what_its_agent_says(
    admitted: Callable[..., Machine], kind: AssetType, cast: Cast, page: Any
) -> None:
    machine = admitted(as_json(windows(antivirus=[])))
    other = inventory.register(type=kind, branch=cast.bandung, by=cast.agent)
    told = page(cast.agent).get(f"/agents/for-asset/{machine.asset_id}/", headers={"HX-Request": "true"})
    assert b"antivirus" in told.content.lower()
    assert b"<html" not in told.content
    assert page(cast.agent).get(f"/agents/for-asset/{other.pk}/").content == b""
    assert page(cast.agent).get("/agents/for-asset/999999/").status_code == 404
    assert page(cast.foreign_agent).get(f"/agents/for-asset/{other.pk}/").status_code == 404
    assert page(cast.agent).get(f"/assets/{machine.asset_id}/").status_code == 200


def test_a_repeated_request_issues_one_key_and_tells_its_password_once(cast: Cast) -> None:
    program = Program(cast.it_manager)
    first = program.post("agent-keys/", key="k1", branch=cast.bandung.pk)
    assert (program.status, len(first["password"]) > 20) == (201, True)
    assert program.post("agent-keys/", key="k1", branch=cast.bandung.pk) == first | {"password": None}
    assert program.status == 201
    assert AgentKey.objects.count() == 1
    assert first["password"] not in json.dumps(list(IdempotencyKey.objects.values_list("answer", flat=True)))
