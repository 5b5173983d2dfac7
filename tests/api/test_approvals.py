"""Forms over the API."""

from django.core.cache import cache

from approvals.enums import CONSENT_VERSION
from approvals.models import Decision
from tests.api.client import Program, verbs
from tests.cast import PASSWORD, Cast
from tests.stages import Case, reach


def _decide(who: Program, case: Case, **facts: object) -> None:
    given = {
        "outcome": "approve",
        "secret": PASSWORD,
        "shown_hash": case.brm.content_hash,
        "consent_version": CONSENT_VERSION,
        "typed_name": f" {who.person.name.upper()} ",
    }
    who.post(f"approvals/{case.brm.pk}/decide/", **(given | facts))


def test_writing_over_what_somebody_else_wrote_is_refused(cast: Cast) -> None:
    case = reach(cast, "planned", hours=24)
    requester, path = Program(cast.requester), f"approvals/{case.brm.pk}/"
    version = requester.get(path)["version"]
    requester.patch(path, version=version, content={"scope": "One report.", "estimate_hours": "24.50"})
    assert requester.said["content"]["estimate_hours"] == "24.5"
    requester.patch(path, version=version, content={"scope": "Two reports."})
    requester.refused(409)
    assert case.brm.content["scope"] == "One report."


def test_an_incomplete_form_is_not_submitted(cast: Cast) -> None:
    case = reach(cast, "planned", hours=24)
    requester = Program(cast.requester)
    requester.post(f"approvals/{case.brm.pk}/submit/")
    requester.refused(409)


def test_what_waits_for_me_is_signed_in_turn(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    director, board = Program(cast.director), Program(cast.board)
    assert [f["id"] for f in director.rows("approvals/", waiting="me")] == [case.brm.pk]
    assert board.rows("approvals/", waiting="me") == []
    _decide(director, case)
    _decide(board, case)
    said = board.said
    assert said["state"] == "approved"
    assert [d["decided_by"]["id"] for d in said["decisions"]] == [cast.director.pk, cast.board.pk]
    board.get(f"approvals/{case.brm.pk}/document/")
    board.refused(409)


def test_a_wrong_password_is_counted_and_signs_nothing(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    cache.clear()
    director = Program(cast.director)
    for _ in range(5):
        _decide(director, case, secret="guess")
        director.refused(409)
    _decide(director, case)
    director.refused(409)
    assert "five minutes" in director.said["detail"]
    assert not Decision.objects.exists()


def test_who_is_not_asked_does_not_even_try_a_password(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    manager = Program(cast.it_manager)
    for _ in range(6):
        _decide(manager, case, secret="guess")
        manager.refused(403)


def test_one_signs_what_one_has_read(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    director = Program(cast.director)
    _decide(director, case, shown_hash="0" * 64)
    director.refused(409)
    _decide(director, case, outcome="refuse")
    director.refused(409)  # without a reason
    _decide(director, case, outcome="refuse", reason="Not this year.")
    assert director.said["state"] == "refused"


def test_the_tester_alone_writes_results(cast: Cast) -> None:
    case = reach(cast, "on_training")
    path = f"approvals/{case.uat.pk}/"
    agent, requester = Program(cast.agent), Program(cast.requester)
    agent.post(path + "scenarios/", scenarios=[{"name": "Close the month"}])
    results = [{"result": "passed"}, {"result": "passed"}, {"result": "failed", "note": "Wrong day."}]
    agent.post(path + "results/", results=results)
    agent.refused(403)
    requester.post(path + "results/", results=results[:2])
    requester.refused(409)
    requester.post(path + "results/", results=results)
    assert requester.said["content"]["scenarios"][2]["note"] == "Wrong day."
    requester.patch(path, version=requester.said["version"], content={"scope": "x"})
    requester.refused(409)
    assert "write" not in verbs(requester.get(path))


def test_forms_of_another_branch_are_not_there(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    for name in ("outsider", "foreign_director", "nobody"):
        stranger = Program(cast[name])
        assert stranger.rows("approvals/") == []
        for part in ("", "document/"):
            stranger.get(f"approvals/{case.brm.pk}/{part}")
            stranger.refused(404)
        _decide(stranger, case)
        stranger.refused(404)
