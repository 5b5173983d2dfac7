"""Time stamps of an authority outside (RFC 3161): asked for with a limit, checked before they are believed."""

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from asn1crypto import cms, pem, tsp, x509
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from core.loops import alone

PATIENCE = (2, 5)  # seconds to connect, and to wait for the answer
LARGEST = 64 * 1024  # bytes of an answer
DRIFT = timedelta(minutes=5)  # an authority whose clock differs more from ours is not believed
REST = 60  # seconds in which an authority that failed is left alone
_RESTS = "core.stamps.rests"


class Silent(Exception):
    """No stamp that can be believed came. Nothing is lost: whatever wanted one asks again later."""


class Authority(TimeStamper):
    """Asks the authority at `url`, and believes nothing that is not signed under `roots`."""

    def __init__(self, url: str, roots: tuple[x509.Certificate, ...]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.url, self.roots = url, roots

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """One request. Raises Silent for whatever is not a plain answer in time; a redirect is none."""
        try:
            return tsp.TimeStampResp.load(_post(self.url, req.dump()), strict=True)
        except (requests.RequestException, ValueError) as problem:
            raise Silent(f"{self.url}: {problem}") from None

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A stamp over the digest. Raises Silent for one that is forged, of something else, or of another time."""
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            await check(token, message_digest, self.roots)
        except Silent:
            raise
        except Exception as problem:  # an answer can be wrong in as many ways as there are parsers
            raise Silent(f"{self.url}: {type(problem).__name__}: {problem}") from None
        return token


def authority() -> Authority | None:
    """Whom to ask now; None without TSA_URL, and for a minute after a failure: one does not wait for it each time."""
    if not settings.TSA_URL or cache.get(_RESTS):
        return None
    return _authority(settings.TSA_URL, str(settings.TSA_ROOTS))


def let_rest() -> None:
    """It did not answer as it should: for a while nobody asks."""
    cache.set(_RESTS, 1, REST)


def roots() -> list[bytes]:
    """The certificates (DER) under which stamps are believed; none where the file is not there."""
    path = Path(settings.TSA_ROOTS)
    return [root.dump() for root in _certificates(str(path))] if path.is_file() else []


def stamp(digest: bytes) -> bytes:
    """A stamp (DER) over a SHA-256. Raises Silent when there is none now."""
    asked = authority()
    if asked is None:
        raise Silent("no time-stamping authority answers now")
    try:
        token: bytes = alone(asked.async_timestamp(digest, "sha256")).dump()
    except Silent:
        let_rest()
        raise
    return token


def told(token: bytes, digest: bytes) -> datetime:
    """The instant that a stamp (DER) over this SHA-256 proves. Raises Silent for one that cannot be believed."""
    believed = tuple(x509.Certificate.load(root) for root in roots())
    try:
        return alone(check(cms.ContentInfo.load(token), digest, believed, drift=None))
    except Silent:
        raise
    except Exception as problem:
        raise Silent(f"{type(problem).__name__}: {problem}") from None


async def check(
    token: cms.ContentInfo,
    digest: bytes,
    believed: tuple[x509.Certificate, ...],
    *,
    drift: timedelta | None = DRIFT,
) -> datetime:
    """The instant in `token`. Raises Silent unless signed under `believed`, over `digest`, and (`drift`) of now."""
    signed = token["content"]
    said: datetime = signed["encap_content_info"]["content"].parsed["gen_time"].native
    if drift is not None and abs(said - timezone.now()) > drift:
        raise Silent(f"its clock says {said:%Y-%m-%d %H:%M:%S}, ours does not")
    context = ValidationContext(
        trust_roots=list(believed), moment=said, allow_fetching=False, revocation_mode="soft-fail"
    )
    found = await validate_tst_signed_data(signed, context, lambda _algorithm: digest)
    if not (found["intact"] and found["valid"] and found["trust_problem_indic"] is None):
        raise Silent("its signature cannot be believed")
    return said.astimezone(UTC)


def _post(url: str, body: bytes) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    with requests.post(
        url, data=body, headers=headers, timeout=PATIENCE, allow_redirects=False, stream=True
    ) as answer:
        if answer.status_code != requests.codes.ok:
            raise requests.RequestException(f"answered {answer.status_code}")
        content = answer.raw.read(LARGEST + 1, decode_content=True)
    if len(content) > LARGEST:
        raise requests.RequestException("answered more than a stamp")
    return bytes(content)


@functools.lru_cache(maxsize=4)
def _authority(url: str, path: str) -> Authority:
    """Kept: it remembers how large its stamps are and who signs them, and need not ask twice for each."""
    return Authority(url, _certificates(path))


def _certificates(path: str) -> tuple[x509.Certificate, ...]:
    found = pem.unarmor(Path(path).read_bytes(), multiple=True)
    return tuple(x509.Certificate.load(der) for _kind, _headers, der in found)
