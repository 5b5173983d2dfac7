"""Reading reports in a process of its own: whatever a report does to it, the one who waits for reports goes on."""

from pathlib import Path
from types import TracebackType

from core.aside import Aside, Died
from integrations.agents.reading import Told

PATIENCE_SECONDS = 15  # by the clock on the wall, less than the lease of a claim
RENEW_AFTER = 500  # reports


class Reader:
    """Reads reports, one after another. Used in a `with`; the process is started for the first report."""

    def __init__(self) -> None:
        self.aside = Aside("integrations.agents.reading", renew_after=RENEW_AFTER)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *problem: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.aside.end()

    def read(self, raw: Path, *, limit: int) -> Told:
        """What the report in the file `raw` says, opened to at most `limit` bytes. Never raises for what it does."""
        try:
            return Told(**self.aside.ask(patience=PATIENCE_SECONDS, path=str(raw), limit=limit))
        except Died:
            return Told(trouble="too_hard")
