"""By what a person proves who they are at a grave moment; what is looked at here is noted by `actions.confirm`."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from fido2.utils import websafe_encode
from fido2.webauthn import AuthenticationResponse, UserVerificationRequirement

from accounts.enums import Factor, Unproven
from accounts.models import Challenge, Confirmation, User
from events.subjects import Subject

LIFE = timedelta(minutes=5)
MOST_TRIES = 5
PERIOD = 30  # seconds of one code of an authenticator app (RFC 6238)
_TYPES = {Authenticator.Type.TOTP: Factor.TOTP, Authenticator.Type.WEBAUTHN: Factor.PASSKEY}
# What the library raises for an answer that no device would give.
NONSENSE = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
_REQUIRED = UserVerificationRequirement.REQUIRED  # the finger or the PIN too: a stolen key signs nothing


@dataclass(frozen=True)
class Occasion:
    """What the proof is for: `about` is the fingerprint of the content, `name` how people call it, `chain` whose
    history a refusal belongs to; then from where, and whether a password is not enough.
    """

    about: str = ""
    name: str = ""
    chain: Subject | None = None
    address: str | None = None
    browser: str = ""
    needs_factor: bool = False


@dataclass(frozen=True)
class Given:
    """What the person gave: a password or a code, or a passkey's answer as JSON."""

    secret: str = ""
    credential: str = ""


@dataclass(frozen=True)
class Proof:
    """That a person proved who they are just now, over which content, and by what. Made by `actions.confirm` only.

    `evidence` is what a third party can check again: for a passkey the signed answer itself.
    """

    user: User
    factor: Factor
    at: datetime
    about: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)

    def covers(self, by: User, about: str = "") -> bool:
        """Fresh, of the very person who acts, and over this very content."""
        return self.user.pk == by.pk and self.about == about and timezone.now() - self.at < LIFE


def enrolled(user: User) -> set[Factor]:
    """The second factors that the person has set up."""
    kinds = Authenticator.objects.filter(user=user, type__in=_TYPES).values_list("type", flat=True)
    return {_TYPES[Authenticator.Type(kind)] for kind in kinds}


def has_passkey(user: User) -> bool:
    """Whether a passkey can be asked."""
    return Factor.PASSKEY in enrolled(user)


def asks_for_code(user: User) -> bool:
    """True when the person has an authenticator app: then its code is asked for, not the password."""
    return Factor.TOTP in enrolled(user)


def check(by: User, given: Given, occasion: Occasion) -> Proof | Unproven:
    """The proof, or why it is none. The caller holds the person's lock and notes the answer."""
    factors = enrolled(by)
    now = timezone.now()
    if occasion.needs_factor and not factors:
        return Unproven.NO_FACTOR
    if Confirmation.objects.counted(by, now - LIFE) >= MOST_TRIES:
        return Unproven.TOO_MANY
    if given.credential:
        return _by_passkey(by, given.credential, occasion, now)
    if Factor.TOTP in factors:
        return _by_code(by, given.secret, occasion, now)
    if not factors and by.check_password(given.secret):
        return Proof(by, Factor.PASSWORD, now, occasion.about)
    return Unproven.WRONG


def sentence(by: User, refusal: Unproven, given: Given) -> str:
    """What the person reads: what is wrong and what to do now."""
    if refusal != Unproven.WRONG:
        return str(
            {
                Unproven.USED: _("This code was already used. Wait for the next one, then try again."),
                Unproven.EXPIRED: _("This confirmation is older than five minutes. Confirm again."),
                Unproven.OTHER: _("This confirmation was for another form. Confirm again on this page."),
                Unproven.TOO_MANY: _("Too many tries. Wait five minutes, then try again."),
                Unproven.NO_FACTOR: _(
                    "Whoever signs for the company needs a passkey or an authenticator app. Set one up, then come back."
                ),
            }[refusal]
        )
    if given.credential:
        return _("Your passkey could not be checked. Try again, or use another way. Nothing was signed.")
    factors = enrolled(by)
    if Factor.TOTP in factors:
        return _("The code is wrong.")
    return _("Confirm with your passkey.") if factors else _("The password is wrong. Nothing was signed.")


# Codes of an authenticator app (RFC 6238) -----------------------------------------------------------------------


def _by_code(by: User, code: str, occasion: Occasion, now: datetime) -> Proof | Unproven:
    """The code of this half minute or of the one before: people read first and sign then. Each counts once, and none
    before the last one that counted (RFC 6238, 5.2); signing in and signing share what is used up.
    """
    row = Authenticator.objects.get(user=by, type=Authenticator.Type.TOTP)
    code = code.replace(" ", "")
    step = _step_of(decrypt(row.data["secret"]), code, int(now.timestamp()) // PERIOD)
    if step is None:
        return Unproven.WRONG
    if Confirmation.objects.filter(user=by, step__gte=step).exists() or not TOTP(row)._mark_code_used(code):
        return Unproven.USED
    return Proof(by, Factor.TOTP, now, occasion.about, {"step": step})


def _step_of(secret: str, code: str, current: int) -> int | None:
    for step in (current, current - 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


# Passkeys (WebAuthn Level 2) -------------------------------------------------------------------------------------


def challenge_digest(*, nonce: str, about: str) -> str:
    """The challenge: SHA-256 of a random number and the content's fingerprint; the passkey signs the content."""
    return hashlib.sha256(f"{nonce}:{about}".encode()).hexdigest()


def passkey_options(user: User, row: Challenge) -> dict[str, Any]:
    """The options of the ceremony, JSON as browsers take it."""
    options, _state = webauthn.get_server().authenticate_begin(
        credentials=webauthn.get_credentials(user),
        user_verification=_REQUIRED,
        challenge=bytes.fromhex(row.digest),
    )
    return dict(options)


def _by_passkey(by: User, credential: str, occasion: Occasion, now: datetime) -> Proof | Unproven:
    answer = _read(credential)
    if answer is None:
        return Unproven.WRONG
    digest = answer.response.client_data.challenge.hex()
    row = Challenge.objects.filter(user=by, digest=digest).first()
    if row is None or not _is_signed(by, answer, digest):
        return Unproven.WRONG
    if row.used_at is not None:
        return Unproven.USED
    if row.about != occasion.about:
        return Unproven.OTHER
    if now - row.issued_at >= LIFE:
        return Unproven.EXPIRED
    return Proof(by, Factor.PASSKEY, now, occasion.about, _evidence(answer, row))


class Numberless(json.JSONDecoder):
    """Reads numbers as text: none matters in a passkey's answer, and the library makes as many bytes as one says.

    What is nested without end is no JSON either, for whoever expects no other error.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_int=str, parse_float=str, parse_constant=str, **options)

    def decode(self, said: str, *args: Any) -> Any:
        """Raises json.JSONDecodeError."""
        try:
            return super().decode(said, *args)
        except RecursionError:
            raise json.JSONDecodeError("nested too deeply", said[:100], 0) from None


def _read(credential: str) -> AuthenticationResponse | None:
    """The passkey's answer, or None for anything else: whoever sends it may send nonsense."""
    try:
        given = json.loads(credential, cls=Numberless)
        answer: AuthenticationResponse = webauthn.parse_authentication_response(given)
        _parsed = answer.response.client_data.challenge, answer.response.authenticator_data.flags
    except (ValidationError, *NONSENSE):
        return None
    return answer


def _is_signed(by: User, answer: AuthenticationResponse, digest: str) -> bool:
    """By a passkey of this person, on this site, with finger or PIN, over this challenge."""
    state = {"challenge": websafe_encode(bytes.fromhex(digest)), "user_verification": _REQUIRED}
    try:
        webauthn.get_server().authenticate_complete(state, webauthn.get_credentials(by), answer)
    except ValueError:
        return False
    return True


def _evidence(answer: AuthenticationResponse, row: Challenge) -> dict[str, str]:
    return {
        "challenge": row.digest,
        "nonce": row.nonce,
        "credential": websafe_encode(answer.raw_id),
        "client_data": websafe_encode(bytes(answer.response.client_data)),
        "authenticator_data": websafe_encode(bytes(answer.response.authenticator_data)),
        "signature": websafe_encode(answer.response.signature),
    }


def authenticator_of(proof: Proof) -> Authenticator | None:
    """The row of the second factor that gave the proof; None for a password."""
    kinds = {factor: kind for kind, factor in _TYPES.items()}
    rows = Authenticator.objects.filter(user=proof.user, type=kinds.get(proof.factor, ""))
    for row in rows:
        if proof.factor == Factor.TOTP:
            return row
        data = row.wrap().authenticator_data.credential_data
        if data and websafe_encode(data.credential_id) == proof.evidence["credential"]:
            return row
    return None
