"""What a command typed beside a running `make up` needs to reach the same database, files and secrets."""

import os

from kumala_itsm.local import postgres, product, redis


def environment() -> dict[str, str]:
    """The variables of the installation in `.local`; what the person has set themselves wins."""
    state = product.ROOT / ".local"
    place = product.Place(state, "127.0.0.1", int(os.environ.get("PORT") or 8000))
    return product.environment(
        place,
        database=postgres.url(state),
        owner=postgres.url(state, postgres.OWNER),
        broker=os.environ.get("REDIS_URL") or redis.url(state),
    )
