"""Reading letters in a process of its own: whatever a letter does to it, the one who fetches letters goes on."""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings

from integrations.mailbox.reading import File, Letter, Report

PATIENCE_SECONDS = 15  # by the clock on the wall; the processor's time is limited in the process itself
LONGEST_ANSWER = 32 * 1024 * 1024
RENEW_AFTER = 200  # letters


class Died(Exception):
    """The process ended, or had to be ended, over a letter."""


class Reader:
    """Reads letters, one after another. Used in a `with`; the process is started for the first letter."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._read = 0

    def __enter__(self) -> "Reader":
        return self

    @property
    def pid(self) -> int:
        """The process that read the latest letter."""
        return self._running().pid

    def __exit__(self, *problem: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._end()

    def read(self, raw: Path, folder: Path) -> Letter:
        """What the letter in the file `raw` says; its files are put into `folder`.

        Never raises for what a letter does: one that takes too much time or memory has the trouble "too_hard" and
        what its first bytes say.
        """
        try:
            return self._ask(path=str(raw), folder=str(folder))
        except Died:
            return self._glance(raw)

    def _glance(self, raw: Path) -> Letter:
        try:
            letter = self._ask(path=str(raw), glance=True)
        except Died:
            letter = Letter()
        letter.trouble = "too_hard"
        return letter

    def _ask(self, **asked: Any) -> Letter:
        process = self._running()
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            said = json.loads(self._answer(process))
        except (OSError, ValueError):
            self._end()
            raise Died from None
        self._read += 1
        return _letter(said)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and (self._process.poll() is not None or self._read >= RENEW_AFTER):
            self._end()
        if self._process is None:
            self._read = 0
            self._process = subprocess.Popen(
                [sys.executable, "-m", "integrations.mailbox.reading"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=settings.ROOT,
                env={"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},  # it needs none of our secrets
            )  # fmt: skip
        return self._process

    def _answer(self, process: "subprocess.Popen[bytes]") -> bytes:
        """One line. Raises OSError when none comes in time."""
        assert process.stdout is not None
        pipe, until, said = process.stdout.fileno(), time.monotonic() + PATIENCE_SECONDS, bytearray()
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(pipe, 64 * 1024) if ready else b""
            said += piece
            if not piece or len(said) > LONGEST_ANSWER:
                raise OSError("no answer")
        return bytes(said)

    def _end(self) -> None:
        process, self._process = self._process, None
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


def _letter(said: dict[str, Any]) -> Letter:
    said["files"] = [File(**each) for each in said["files"]]
    said["report"] = Report(**said["report"]) if said["report"] else None
    return Letter(**said)
