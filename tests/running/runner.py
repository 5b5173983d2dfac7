"""A local runner under test: started like a person starts it, watched from outside."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from kumala_itsm.local import product

OWN = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "MEDIA_ROOT",
    "MAIL_URL",
    "BACKUP_HOME",
    "SECRET_KEY",
    "SIGNING_KEY",
    "DJANGO_SETTINGS_MODULE",
)


class Runner:
    """`python -m kumala_itsm.local up` over `state`, on a port of its own, without demo data unless asked."""

    def __init__(self, state: Path, **env: str) -> None:
        self.state = state
        self.port = int(env.pop("PORT", 0)) or product.free_port()
        given = {name: value for name, value in os.environ.items() if name not in OWN}
        self.said = state.parent / f"{state.name}-{time.monotonic_ns()}.said"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kumala_itsm.local", "up", "--state", str(state)],
                cwd=product.ROOT,
                env=given | {"PORT": str(self.port), "DEMO": "0"} | env,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has said so far."""
        return self.said.read_text(errors="replace")

    def wait_for(self, pattern: str, *, seconds: float = 240) -> "re.Match[str]":
        """Until it says something; fails with everything it said otherwise."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            if found := re.search(pattern, self.output, re.MULTILINE):
                return found
            assert not ended, f"the runner ended ({self.process.returncode}): {self.output}"
            time.sleep(0.05)
        raise AssertionError(f"it never said {pattern!r}: {self.output}")

    def ready(self, *, seconds: float = 240) -> "Runner":
        """Until it says that it is ready."""
        self.wait_for(r"^Kumala ITSM is ready", seconds=seconds)
        return self

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read().decode()

    def everything(self) -> list[psutil.Process]:
        """The runner's processes, its children's children included, itself not."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def pid_of(self, service: str) -> int:
        """The process of a service, from the runner's note."""
        return int((self.state / "run" / service).read_text().split()[0])

    def stop(self, number: int = signal.SIGTERM, *, seconds: float = 60) -> int:
        """Send a signal and wait; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)


def still_there(processes: list[psutil.Process], *, seconds: float = 0) -> list[str]:
    """Which of these processes live on after `seconds`."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [
        f"{p.pid} {' '.join(p.cmdline())}"
        for p in alive
        if p.is_running() and p.status() != psutil.STATUS_ZOMBIE
    ]
