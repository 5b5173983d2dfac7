"""Reading letters in a process of its own: whatever a letter does to it, the one who fetches letters goes on."""

from pathlib import Path
from types import TracebackType
from typing import Any

from core.aside import Aside, Died
from integrations.mailbox.reading import File, Letter, Report

PATIENCE_SECONDS = 15  # by the clock on the wall; the processor's time is limited in the process itself
RENEW_AFTER = 200  # letters


class Reader:
    """Reads letters, one after another. Used in a `with`; the process is started for the first letter."""

    def __init__(self) -> None:
        self.aside = Aside("integrations.mailbox.reading", renew_after=RENEW_AFTER)

    def __enter__(self) -> "Reader":
        return self

    @property
    def pid(self) -> int:
        """The process that read the latest letter."""
        return self.aside.pid

    def __exit__(self, *problem: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.aside.end()

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
        return _letter(self.aside.ask(patience=PATIENCE_SECONDS, **asked))


def _letter(said: dict[str, Any]) -> Letter:
    said["files"] = [File(**each) for each in said["files"]]
    said["report"] = Report(**said["report"]) if said["report"] else None
    return Letter(**said)
