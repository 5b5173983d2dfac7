"""What proves that a message is monday.com's: the secret in its address, and the signature of an app, if any."""

import hmac
from typing import Any

import jwt

LONGEST = 4096  # characters of an Authorization header


class NotTheirs(Exception):
    """The signature, its time, its address or its account is wrong; says which, never what stood there."""


def is_ours(told: str, secret: str) -> bool:
    """The secret of the address, compared in constant time."""
    return hmac.compare_digest(told.encode(), secret.encode())


def check(header: str, *, secret: str, audience: str, account: str) -> None:
    """The JWT that webhooks of an app carry (HS256, our Signing Secret). Raises NotTheirs."""
    token = header.removeprefix("Bearer ").strip()
    if not token or len(token) > LONGEST:
        raise NotTheirs("not signed")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            audience=audience,
            leeway=30,
            options={"require": ["exp", "aud"]},
        )
    except jwt.InvalidTokenError as problem:
        raise NotTheirs(type(problem).__name__) from None
    if account and str(claims.get("accountId", "")) != account:
        raise NotTheirs("another account")
