"""A program in a process of its own: whatever strangers' bytes do to it, the one who asked goes on.

The parent sends one line of JSON for each question and reads one as the answer. The child has limits of memory and of
the processor's time, and sees none of our secrets.
"""

import json
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LONGEST_ANSWER = 32 * 1024 * 1024  # bytes


class Died(Exception):
    """The process ended, or had to be ended, over a question."""


class Aside:
    """`python -m module`, started for the first question and renewed after many. One question at a time."""

    def __init__(self, module: str, *, renew_after: int) -> None:
        self.module, self.renew_after = module, renew_after
        self.process: subprocess.Popen[bytes] | None = None
        self._answered = 0
        self._turn = threading.Lock()

    def ask(self, *, patience: float, **asked: Any) -> Any:
        """The answer, waited for `patience` seconds by the clock on the wall. Raises Died when none comes."""
        with self._turn:
            process = self._running()
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                process.stdin.flush()
                said = json.loads(_answer(process, patience))
            except (OSError, ValueError):
                self._end()
                raise Died from None
            self._answered += 1
            return said

    @property
    def pid(self) -> int:
        """The process that answers."""
        return self._running().pid

    def end(self) -> None:
        """It is not needed any more; a further question would start another one."""
        with self._turn:
            self._end()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self.process is not None and (
            self.process.poll() is not None or self._answered >= self.renew_after
        ):
            self._end()
        if self.process is None:
            self._answered = 0
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT,
                env={"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},  # it needs none of our secrets
            )  # fmt: skip
        return self.process

    def _end(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still in its buffer has nobody left to read it
                    continue


def _answer(process: "subprocess.Popen[bytes]", patience: float) -> bytes:
    """One line. Raises OSError when none comes in time."""
    assert process.stdout is not None
    pipe, until, said = process.stdout.fileno(), time.monotonic() + patience, bytearray()
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
        piece = os.read(pipe, 64 * 1024) if ready else b""
        said += piece
        if not piece or len(said) > LONGEST_ANSWER:
            raise OSError("no answer")
    return bytes(said)


def serve(answer: Callable[[dict[str, Any]], Any], *, seconds: int, memory: int, idle: int = 0) -> None:
    """The child's side: each question within `seconds` of the processor's time and `memory` bytes of address space.

    After `idle` seconds without a question it ends (0: it waits for ever).
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(idle)
    for line in sys.stdin:
        signal.alarm(0)
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        print(json.dumps(answer(json.loads(line))), flush=True)
        signal.alarm(idle)
