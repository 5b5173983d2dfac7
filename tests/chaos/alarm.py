"""Runs inside the product: what the first screen says about a silent scheduler."""

import json

import django

django.setup()

from django.utils import timezone  # noqa: E402

from portal import querysets  # noqa: E402 - Django must be set up first


def main() -> None:
    """Its words, or nothing."""
    print(json.dumps({"said": [str(part) for part in querysets.silent_parts(now=timezone.now())]}))


if __name__ == "__main__":
    main()
