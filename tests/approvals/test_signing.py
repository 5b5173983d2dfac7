"""The moment of signing (bar A4): a fresh proof, over this content and no other, counted, written down."""

import hashlib
import json
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.test import Client, RequestFactory
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import actions as accounts
from accounts import proofs
from accounts.enums import AccountEvent, Unproven
from accounts.forms import AddPasskey
from accounts.models import Challenge, Confirmation, User
from accounts.proofs import PERIOD
from approvals.enums import CONSENT_VERSION
from approvals.models import Decision, Signature
from events.models import Event
from tests.api.client import Program
from tests.cast import PASSWORD, Cast
from tests.harness.clock import Clock
from tests.harness.passkey import Passkey
from tests.harness.refusals import not_possible
from tests.stages import Case, reach

REFUSED = AccountEvent.CONFIRMATION_REFUSED


@pytest.fixture
def case(cast: Cast) -> Case:
    return reach(cast, "brm_submitted", hours=24)


@pytest.fixture
def compulsory(settings: Any) -> None:
    settings.SIGNING_FACTOR_REQUIRED = True


def app_of(user: User) -> str:
    """The person sets up an authenticator app; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // PERIOD + steps))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def signs(user: User, form: Any, *, client: Client | None = None, **typed: str) -> Any:
    """The approval, as the page sends it."""
    fields = {"shown": form.content_hash, "consent": CONSENT_VERSION, "signature": user.name} | typed
    sent = {"outcome": "approve"} | {f"approve-{name}": value for name, value in fields.items()}
    return (client or browser(user)).post(f"/approvals/{form.pk}/decide/", sent)


def reasons(case: Case) -> list[str]:
    """Why proofs were refused, as the history of the case tells it."""
    return [e.facts["refusal"] for e in Event.objects.about(case.ticket).filter(type=REFUSED).order_by("pk")]


def asks_passkey(client: Client, form: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.post(f"/approvals/{form.pk}/challenge/").json()
    return found


# The authenticator app --------------------------------------------------------------------------------------------


def test_the_code_of_the_app_signs_once(case: Case, clock: Clock) -> None:
    secret = app_of(case.cast.director)
    assert signs(case.cast.director, case.brm, password=code(secret)).status_code == 302
    signature = Signature.objects.get()
    assert (signature.factor, signature.evidence["step"]) == (
        "totp",
        int(timezone.now().timestamp()) // PERIOD,
    )
    with not_possible("already used"):
        accounts.confirm(by=case.cast.director, secret=code(secret))


def test_a_code_that_signed_one_form_signs_no_other(cast: Cast, clock: Clock) -> None:
    first, second = reach(cast, "brm_submitted", hours=24), reach(cast, "brm_submitted", hours=30)
    secret = app_of(cast.director)
    shown = code(secret)
    assert signs(cast.director, first.brm, password=shown).status_code == 302
    answer = signs(cast.director, second.brm, password=shown)
    assert answer.status_code == 422
    assert second.brm.state == "pending"
    assert reasons(second) == ["used"]


def test_the_code_of_the_half_minute_before_is_taken_and_no_older_one(case: Case, clock: Clock) -> None:
    secret = app_of(case.cast.director)
    old = code(secret)
    clock.forward(seconds=2 * PERIOD)
    assert signs(case.cast.director, case.brm, password=old).status_code == 422
    late = code(secret, steps=-1)
    assert signs(case.cast.director, case.brm, password=f"{late[:3]} {late[3:]}").status_code == 302
    assert reasons(case) == ["wrong"]


def test_a_code_that_signed_somebody_in_signs_nothing(case: Case) -> None:
    secret = app_of(case.cast.director)
    shown = code(secret)
    assert TOTP(Authenticator.objects.get()).validate_code(shown)
    assert signs(case.cast.director, case.brm, password=shown).status_code == 422
    assert reasons(case) == ["used"]


def test_after_a_later_code_no_earlier_one_counts(case: Case, clock: Clock) -> None:
    secret = app_of(case.cast.director)
    accounts.confirm(by=case.cast.director, secret=code(secret))
    with not_possible("already used"):
        accounts.confirm(by=case.cast.director, secret=code(secret, steps=-1))


def test_with_a_second_factor_the_password_is_not_enough(case: Case) -> None:
    app_of(case.cast.director)
    assert signs(case.cast.director, case.brm, password=PASSWORD).status_code == 422
    assert (case.brm.state, reasons(case)) == ("pending", ["wrong"])


# Passkeys ---------------------------------------------------------------------------------------------------------


def test_a_passkey_signs_the_content_itself(case: Case) -> None:
    """What is kept lets anybody check again, with the public key alone, that this content was signed."""
    key = Passkey(case.cast.director).enrol()
    client = browser(case.cast.director)
    answer = key.answer(asks_passkey(client, case.brm))
    assert (
        signs(case.cast.director, case.brm, client=client, credential=json.dumps(answer)).status_code == 302
    )
    signature = Signature.objects.get()
    assert signature.factor == "passkey"
    assert Challenge.objects.get().used_at is not None
    kept = signature.evidence
    assert proofs.challenge_digest(nonce=kept["nonce"], about=case.brm.content_hash) == kept["challenge"]
    public = ES256.from_cryptography_key(key.key.public_key())
    client_data = websafe_decode(kept["client_data"])
    assert json.loads(client_data)["challenge"] == websafe_encode(bytes.fromhex(kept["challenge"]))
    signed = websafe_decode(kept["authenticator_data"]) + hashlib.sha256(client_data).digest()
    public.verify(signed, websafe_decode(kept["signature"]))


def test_the_answer_of_a_passkey_counts_once(cast: Cast) -> None:
    case = reach(cast, "brm_submitted", hours=24)
    key, client = Passkey(cast.director).enrol(), browser(cast.director)
    answer = json.dumps(key.answer(asks_passkey(client, case.brm)))
    occasion = accounts.Occasion(about=case.brm.content_hash, name="it")
    assert signs(cast.director, case.brm, client=client, credential=answer).status_code == 302
    with request_context(RequestFactory().get("/")), pytest.raises(Exception, match="already used"):
        accounts.confirm(by=cast.director, credential=answer, occasion=occasion)
    assert Decision.objects.count() == 1


def test_a_passkey_that_answered_for_one_form_signs_no_other(cast: Cast) -> None:
    first, second = reach(cast, "brm_submitted", hours=24), reach(cast, "brm_submitted", hours=30)
    key, client = Passkey(cast.director).enrol(), browser(cast.director)
    answer = json.dumps(key.answer(asks_passkey(client, first.brm)))
    assert signs(cast.director, second.brm, client=client, credential=answer).status_code == 422
    assert reasons(second) == ["other"]
    assert not Decision.objects.exists()


def test_a_challenge_is_answered_within_five_minutes(case: Case, clock: Clock) -> None:
    key, client = Passkey(case.cast.director).enrol(), browser(case.cast.director)
    answer = json.dumps(key.answer(asks_passkey(client, case.brm)))
    clock.forward(minutes=5)
    assert signs(case.cast.director, case.brm, client=client, credential=answer).status_code == 422
    assert reasons(case) == ["expired"]


@pytest.mark.parametrize(
    "forged",
    [
        lambda key, options: key.answer(options, verified=False),
        lambda key, options: Passkey(key.owner, name=key.name).answer(options),
        lambda key, options: Passkey(key.owner, key=key.key).answer(options),
        lambda key, options: Passkey(key.owner, host="elsewhere.example", key=key.key, name=key.name).answer(
            options
        ),
        lambda key, options: key.answer({"publicKey": {**options["publicKey"], "challenge": "AAAA"}}),
        lambda key, options: {**key.answer(options), "id": "AAAA", "rawId": "AAAA"},
    ],
    ids=["no finger", "another key", "another name", "another site", "another challenge", "no such key"],
)
def test_what_is_not_quite_the_passkey_is_refused(case: Case, forged: Any) -> None:
    key, client = Passkey(case.cast.director).enrol(), browser(case.cast.director)
    answer = forged(key, asks_passkey(client, case.brm))
    assert (
        signs(case.cast.director, case.brm, client=client, credential=json.dumps(answer)).status_code == 422
    )
    assert reasons(case) == ["wrong"]
    assert not Decision.objects.exists()


def test_somebody_elses_passkey_signs_nothing(case: Case) -> None:
    theirs = Passkey(case.cast.board).enrol()
    Passkey(case.cast.director).enrol()
    client = browser(case.cast.director)
    answer = theirs.answer(asks_passkey(client, case.brm))
    assert (
        signs(case.cast.director, case.brm, client=client, credential=json.dumps(answer)).status_code == 422
    )
    assert not Decision.objects.exists()


PARTS_OF_A_KEY = ["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature", "x"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(PARTS_OF_A_KEY), inside, max_size=6)
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(nonsense=_JSON.map(json.dumps) | st.text(max_size=60))
def test_nonsense_instead_of_a_passkeys_answer_is_no_proof(cast: Cast, nonsense: str) -> None:
    person = cast.director
    with request_context(RequestFactory().get("/")):
        found = proofs.check(person, proofs.Given(credential=nonsense or "x"), proofs.Occasion())
    assert found == Unproven.WRONG


@pytest.mark.parametrize("number", [10**18, 10**10, -1, 1e300])
def test_a_number_is_not_made_into_as_many_bytes(case: Case, number: float) -> None:
    """Neither over a form nor at the doors of the library: a few letters must not take all memory."""
    person, huge = (
        case.cast.director,
        json.dumps({"id": "AA", "rawId": number, "response": {"signature": number}}),
    )
    Passkey(person).enrol()
    assert signs(person, case.brm, credential=huge).status_code == 422
    for form in (AddPasskey, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm):
        assert form(user=person, data={"credential": huge}).errors


@pytest.mark.parametrize("deep", ["[" * 19_000, '{"id":' * 3_000])
def test_an_answer_without_end_is_no_answer(case: Case, deep: str) -> None:
    person = case.cast.director
    Passkey(person).enrol()
    assert signs(person, case.brm, credential=deep).status_code == 422
    for form in (AddPasskey, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm):
        assert form(user=person, data={"credential": deep}).errors


def test_a_challenge_is_for_whoever_is_asked(case: Case) -> None:
    Passkey(case.cast.board).enrol()
    answer = browser(case.cast.board).post(f"/approvals/{case.brm.pk}/challenge/")
    assert answer.status_code == 403
    assert not Challenge.objects.exists()


def test_nobody_asks_for_challenges_by_the_dozen(case: Case, clock: Clock) -> None:
    Passkey(case.cast.director).enrol()
    client = browser(case.cast.director)
    found = [
        client.post(f"/approvals/{case.brm.pk}/challenge/").status_code
        for _ in range(accounts.MOST_CHALLENGES + 1)
    ]
    assert found == [200] * accounts.MOST_CHALLENGES + [409]


# Compulsory for Director and Board --------------------------------------------------------------------------------


@pytest.mark.usefixtures("compulsory")
def test_a_director_without_second_factor_is_led_to_one_and_loses_nothing(case: Case) -> None:
    client = browser(case.cast.director)
    page = client.get(f"/approvals/{case.brm.pk}/").content.decode()
    assert "/account/factor/?next=" in page
    assert 'name="approve-password"' not in page
    sent = {
        "outcome": "refuse",
        "refuse-shown": case.brm.content_hash,
        "refuse-reason": "Terlalu mahal.",
        "refuse-password": PASSWORD,
    }
    answer = client.post(f"/approvals/{case.brm.pk}/decide/", sent)
    assert answer.status_code == 422
    assert "Terlalu mahal." in answer.content.decode()
    assert (case.brm.state, reasons(case)) == ("pending", ["no_factor"])
    back = client.get(f"/account/factor/?next=/approvals/{case.brm.pk}/", follow=True)
    assert f'href="/approvals/{case.brm.pk}/"' in back.content.decode()


@pytest.mark.usefixtures("compulsory")
def test_no_password_signs_for_the_company_by_api_or_action(case: Case) -> None:
    director = Program(case.cast.director)
    given = {
        "outcome": "approve", "typed_name": case.cast.director.name, "shown_hash": case.brm.content_hash,
        "consent_version": CONSENT_VERSION,
    }  # fmt: skip
    director.post(f"approvals/{case.brm.pk}/decide/", secret=PASSWORD, **given)
    director.refused(409)
    proof = case.cast.proof("director", case.brm.content_hash)
    with not_possible("passkey or an authenticator app"):
        case.decide(case.brm, "director", proof=proof)


@pytest.mark.usefixtures("compulsory")
def test_a_requester_signs_a_test_with_a_password(cast: Cast) -> None:
    case = reach(cast, "uat_submitted")
    assert signs(cast.requester, case.uat, password=PASSWORD).status_code == 302


# Tries, repetitions, changes --------------------------------------------------------------------------------------


def test_five_tries_in_five_minutes_whatever_the_door(case: Case, clock: Clock) -> None:
    """On the page and through the API together; each stands in the history, and the right one comes too late."""
    director, program = browser(case.cast.director), Program(case.cast.director)
    for _try in range(3):
        assert signs(case.cast.director, case.brm, client=director, password="guess").status_code == 422
    given = {
        "outcome": "approve", "typed_name": case.cast.director.name, "shown_hash": case.brm.content_hash,
        "consent_version": CONSENT_VERSION,
    }  # fmt: skip
    for _try in range(2):
        program.post(f"approvals/{case.brm.pk}/decide/", secret="guess", **given)
        program.refused(409)
    assert (
        "Too many tries"
        in signs(case.cast.director, case.brm, client=director, password=PASSWORD).content.decode()
    )
    assert reasons(case) == ["wrong"] * 5 + ["too_many"]
    clock.forward(minutes=5, seconds=1)
    assert signs(case.cast.director, case.brm, client=director, password=PASSWORD).status_code == 302


def test_pressing_twice_decides_once_and_is_answered_kindly(case: Case) -> None:
    director = browser(case.cast.director)
    assert signs(case.cast.director, case.brm, client=director, password=PASSWORD).status_code == 302
    again = signs(case.cast.director, case.brm, client=director, password=PASSWORD)
    assert again.status_code == 302
    assert "sudah tercatat" in director.get(again["Location"]).content.decode()
    assert Decision.objects.count() == 1


def test_a_page_that_is_no_longer_true_uses_nothing_up(case: Case, clock: Clock) -> None:
    """The form on the page is not the form any more: said so, before the code is spent; what was typed stays."""
    secret = app_of(case.cast.director)
    answer = signs(
        case.cast.director, case.brm, password=code(secret), shown="0" * 64, signature="Bambang H."
    )
    assert answer.status_code == 422
    assert "Bambang H." in answer.content.decode()
    assert not Confirmation.objects.exists()
    assert signs(case.cast.director, case.brm, password=code(secret)).status_code == 302


def test_another_sentence_than_the_one_that_was_shown_is_not_signed(case: Case) -> None:
    for other in ("0", ""):
        assert signs(case.cast.director, case.brm, password=PASSWORD, consent=other).status_code == 422
    assert not Decision.objects.exists()


def test_a_proof_over_one_form_decides_no_other(cast: Cast) -> None:
    first, second = reach(cast, "brm_submitted", hours=24), reach(cast, "brm_submitted", hours=30)
    proof = cast.proof("director", first.brm.content_hash)
    with not_possible("confirm again"):
        second.decide(second.brm, "director", proof=proof)


def test_a_reason_typed_before_the_visit_ended_is_there_after_signing_in(case: Case) -> None:
    client = browser(case.cast.director)
    page = client.get(f"/approvals/{case.brm.pk}/").content.decode()
    mark = page.split('name="typed_by" value="')[1].split('"')[0]
    client.logout()
    sent = {
        "outcome": "refuse",
        "refuse-reason": "Tahun depan saja.",
        "refuse-password": PASSWORD,
        "typed_by": mark,
    }
    gone = client.post(f"/approvals/{case.brm.pk}/decide/", sent)
    assert gone["Location"].startswith("/account/login/")
    assert PASSWORD not in str(dict(client.session))
    client.post(gone["Location"], {"login": case.cast.director.email, "password": PASSWORD})
    assert "Tahun depan saja." in client.get(f"/approvals/{case.brm.pk}/decide/").content.decode()


def test_the_page_asks_for_what_the_person_has(case: Case) -> None:
    """Password, code or passkey; with a passkey also without JavaScript there is a word of what to do."""
    client = browser(case.cast.director)
    path = f"/approvals/{case.brm.pk}/"
    assert 'autocomplete="current-password"' in client.get(path).content.decode()
    app_of(case.cast.director)
    assert 'autocomplete="one-time-code"' in client.get(path).content.decode()
    Passkey(case.cast.director).enrol()
    page = client.get(path).content.decode()
    assert f'data-passkey="{path}challenge/"' in page
    assert 'autocomplete="one-time-code"' in page
    assert 'autocomplete="current-password"' not in page


def test_a_name_beside_the_signature_is_text(case: Case) -> None:
    """The page says which name is to be typed; a name is not markup, whoever wrote it."""
    User.objects.filter(pk=case.cast.director.pk).update(name="Bambang <b>Hartono</b>")
    page = browser(case.cast.again("director")).get(f"/approvals/{case.brm.pk}/").content.decode()
    assert "Bambang &lt;b&gt;Hartono&lt;/b&gt;" in page
    assert "<b>Hartono" not in page
