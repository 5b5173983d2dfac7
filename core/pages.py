"""Lists that end: pages by key, newest first. The thousandth page costs what the first does."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest


def page(request: HttpRequest, rows: QuerySet[Any], *, size: int = 25) -> dict[str, Any]:
    """One page of `rows` by descending primary key: `rows`, `newer_url`, `older_url` ("" where there is none).

    `?before=17` is the page of rows older than 17, `?after=17` the one of rows newer than 17.
    """
    before, after = _key(request, "before"), _key(request, "after")
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        older = rows.filter(pk__lt=before) if before is not None else rows
        found = list(older.order_by("-pk")[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        found = found[:size]
    return {
        "rows": found,
        "newer_url": _url(request, "after", found[0].pk) if found and more_newer else "",
        "older_url": _url(request, "before", found[-1].pk) if found and more_older else "",
    }


def _key(request: HttpRequest, name: str) -> int | None:
    """The key in the address; nonsense and numbers beyond any row are as good as none."""
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else None


def _url(request: HttpRequest, name: str, key: int) -> str:
    kept = [(k, v) for k, v in request.GET.items() if k not in ("before", "after") and v]
    return "?" + urlencode([*kept, (name, key)])
