"""What a signed paper costs: `python -m kumala_itsm.local run -- python -m tests.bench.papers`.

For forms up to a hundred: printed, sealed, signed twice, certified, and looked at as a file of strangers. Then a worker
of the product makes the papers of `--documents` forms, and the memory of its process is told on the way. Prints JSON.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
import psutil

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.core.management import call_command  # noqa: E402

from approvals import actions as approvals  # noqa: E402
from approvals import verifying  # noqa: E402
from approvals.models import Document, Sealing  # noqa: E402
from core import files, pdf  # noqa: E402
from kumala_itsm.celery import app  # noqa: E402
from tests.cast import Cast  # noqa: E402
from tests.stages import reach  # noqa: E402

TIMED = 100  # forms; a median needs no more
STEPS = 10  # how often memory is taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=100)
    asked = parser.parse_args()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DOORBELL = settings.SIGNING_FACTOR_REQUIRED = False
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    cast = Cast()
    found = _timed(cast, min(asked.documents, TIMED))
    print(json.dumps(found | {"documents": asked.documents, "memory": _memory(cast, asked.documents)}))


def _timed(cast: Cast, documents: int) -> dict[str, Any]:
    took = _took()
    for _number in range(documents):
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
    medians = {name: statistics.median(found) * 1000 for name, found in took.items() if found}
    return {"ms": medians, "bytes": len(content)}


def _memory(cast: Cast, documents: int) -> list[float]:
    """MB of the process of a worker that makes papers, each time a tenth of them is made."""
    found = []
    with _worker() as worker:
        for number in range(1, documents + 1):
            reach(cast, "brm_approved", hours=24)
            app.send_task("approvals.render_documents", queue="pdf")
            if number % max(1, documents // STEPS) == 0:
                _wait()
                found.append(worker.children()[0].memory_info().rss / 1e6)
                print(f"{number} documents: {found[-1]:.1f} MB", file=sys.stderr, flush=True)
    return found


@contextmanager
def _worker() -> Iterator[psutil.Process]:
    """A worker as the product has it, for papers alone; its one child makes them."""
    command = [sys.executable, "-m", "celery", "--app", "kumala_itsm.celery:app", "worker", "--queues", "pdf"]
    command += ["--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    env = os.environ | {"MALLOC_ARENA_MAX": "2"}
    with subprocess.Popen(command, env=env, stdout=sys.stderr) as worker:
        try:
            yield psutil.Process(worker.pid)
        finally:
            worker.terminate()


def _wait() -> None:
    while Sealing.objects.filter(sha256="").exists():
        app.send_task("approvals.render_documents", queue="pdf", expires=1)
        time.sleep(1)


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
