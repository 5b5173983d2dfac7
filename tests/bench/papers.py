"""What a signed paper costs: `python -m kumala_itsm.local run -- python -m tests.bench.papers`.

For each of `--documents` forms: printed, sealed, signed twice, certified, and looked at as a file of strangers. Prints
JSON.
"""

import argparse
import io
import json
import statistics
import sys
import time
from typing import Any

import django
import psutil

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.core.management import call_command  # noqa: E402

from approvals import actions as approvals  # noqa: E402
from approvals import verifying  # noqa: E402
from approvals.models import Document, Sealing  # noqa: E402
from core import files, pdf  # noqa: E402
from tests.cast import Cast  # noqa: E402
from tests.stages import reach  # noqa: E402

WARM = 20  # documents after which memory is taken for the first time


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=100)
    asked = parser.parse_args()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DOORBELL = settings.SIGNING_FACTOR_REQUIRED = False
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    print(json.dumps(_measured(asked.documents)))


def _measured(documents: int) -> dict[str, Any]:
    cast, took, memory = Cast(), _took(), [0.0]
    for number in range(documents):
        reach(cast, "brm_approved", hours=24)
        for row in list(Sealing.objects.filter(sha256="").order_by("pk")):
            began = time.perf_counter()
            assert approvals.render_documents(most=1) == 1
            took[row.layer].append(time.perf_counter() - began)
        newest = Document.objects.order_by("-pk")[0]
        content = files.path_of(newest.sha256).read_bytes()
        began = time.perf_counter()
        assert verifying.look(io.BytesIO(content)).verdict == "genuine"
        took["look"].append(time.perf_counter() - began)
        if number + 1 in (min(WARM, documents), documents):
            memory.append(psutil.Process().memory_info().rss / 1e6)
    medians = {name: statistics.median(found) * 1000 for name, found in took.items() if found}
    return {"documents": documents, "ms": medians, "memory": memory[1:], "bytes": len(content)}


def _took() -> dict[str, list[float]]:
    """Seconds, by layer; what typesetting alone takes is counted beside it."""
    took: dict[str, list[float]] = {
        name: [] for name in ("form", "signature", "certificate", "look", "typesetting")
    }
    real = pdf.draw

    def timed(template: str, *args: Any, **options: Any) -> pdf.Paper:
        began = time.perf_counter()
        drawn = real(template, *args, **options)
        if template == "pdf/brm.html":
            took["typesetting"].append(time.perf_counter() - began)
        return drawn

    pdf.draw = timed
    return took


if __name__ == "__main__":
    main()
