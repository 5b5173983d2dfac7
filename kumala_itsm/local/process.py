"""Starting and stopping programs so that none is ever left behind."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kumala_itsm.local.trouble import Trouble

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


@dataclass
class Service:
    """A program in a process group of its own, with a log and a note of its pid.

    `stop_signal` asks it to end; `patience` is how many seconds it may take before its whole group is killed.
    `home` is the working directory of its children where they leave the group (PostgreSQL's do).
    `user` is the operating-system user it runs as (only root can choose), None for the runner's own.
    """

    name: str
    command: list[str]
    state: Path
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    home: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.state / "log" / f"{self.name}.log"

    @property
    def note(self) -> Path:
        """The file with its pid and start time: how the next runner finds what a killed one left behind."""
        return self.state / "run" / self.name

    @property
    def pid(self) -> int | None:
        """The running process, or None."""
        return self.process.pid if self.process and self.process.poll() is None else None

    def start(self) -> None:
        """Start it in a new process group; it is asked to end when the runner dies, however the runner dies."""
        for file in (self.log, self.note):
            file.parent.mkdir(parents=True, exist_ok=True)
        identity = pwd.getpwnam(self.user) if self.user else None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_follows_runner(self.stop_signal),  # noqa: PLW1509 - the runner has one thread
                user=identity.pw_uid if identity else None,
                group=identity.pw_gid if identity else None,
                extra_groups=[] if identity else None,
            )
        self.note.write_text(f"{self.process.pid} {_started_at(self.process.pid)}")

    def stop(self, *, patience: float | None = None) -> None:
        """Ask it to end, wait, then kill what is left of its group."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            if self.process.poll() is None:
                self.process.send_signal(self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience if patience is None else patience)
        self.bury()

    def bury(self) -> None:
        """Kill whatever the process left in its group, and forget it."""
        if self.process is None:
            return
        kill_group(self.process.pid)
        self.process.wait()
        if self.home:
            kill_inhabitants(self.home)
        self.process = None
        self.note.unlink(missing_ok=True)

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""


def _follows_runner(stop_signal: int) -> Callable[[], None]:
    """Runs in the child: the kernel sends it `stop_signal` when the runner dies, even of SIGKILL (Linux only)."""
    runner = os.getpid()

    def follow() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != runner:
            os._exit(1)

    return follow


def _started_at(pid: int) -> str:
    """The kernel's start time of a process: a pid that was given away again has another one. Empty if there is none."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def kill_group(pgid: int) -> None:
    """SIGKILL a whole process group; nothing if there is none."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pgid, signal.SIGKILL)


def kill_inhabitants(home: Path) -> None:
    """SIGKILL every process that works in `home`: a dead server's children keep the next one from starting."""
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if link.readlink() == home:
                os.kill(int(link.parent.name), signal.SIGKILL)


def clear_leftovers(state: Path, *, patience: float = 20.0) -> list[str]:
    """End the services of a runner that was killed; their names.

    They were told by the kernel already and may be on their way out: a database gets its time to stop cleanly.
    """
    ended = []
    for note in sorted((state / "run").glob("*")):
        pid, _, since = note.read_text().partition(" ")
        if pid.isdigit() and since and _started_at(int(pid)) == since:
            _end(int(pid), since, patience)
            ended.append(note.name)
        note.unlink(missing_ok=True)
    return ended


def _end(pid: int, since: str, patience: float) -> None:
    # SIGINT is a clean, fast stop for PostgreSQL, Redis, gunicorn and Celery alike.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + patience
    while _started_at(pid) == since and time.monotonic() < deadline:
        time.sleep(0.05)
    kill_group(pid)


def run_step(name: str, command: list[str], *, env: dict[str, str]) -> str:
    """Run a command to its end; its output. Raises Trouble with the end of its output when it fails."""
    done = subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        preexec_fn=_follows_runner(signal.SIGTERM),
    )
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-25:])
        raise Trouble(f"{said}\n{name} failed (exit code {done.returncode}); the lines above say why.")
    return done.stdout
