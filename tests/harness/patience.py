"""Whatever would run for ever is ended: a guard against what grows out of all proportion, not a measure of speed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SECONDS = 60.0  # of what takes a few hundredths of one


@contextmanager
def ends() -> Iterator[None]:
    """Raise TimeoutError in what has not ended after SECONDS. For the main thread."""

    def end(*_: Any) -> None:
        raise TimeoutError(f"not done after {SECONDS:.0f} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
