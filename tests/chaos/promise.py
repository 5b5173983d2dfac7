"""Runs inside the product: `promise CLOCK` asks whether its breach was told to the ledger."""

import json
import sys

import django

django.setup()

from clocks.models import Clock  # noqa: E402 - Django must be set up first


def main(words: list[str]) -> None:
    """Marked, and told."""
    clock = Clock.objects.get(pk=words[0])
    print(json.dumps({"told": clock.level == 100 and clock.untold_from is None}))


if __name__ == "__main__":
    main(sys.argv[1:])
