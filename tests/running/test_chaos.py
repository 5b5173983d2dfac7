"""`make chaos` in small: nothing accepted is lost, nobody waits for a broker that is away or for a cable that was cut,
poison holds up nobody else, and no letter stops the reader.
"""

import os
import signal
import subprocess
import sys

import pytest

from kumala_itsm.local import product
from tests.running.runner import OWN

pytestmark = pytest.mark.running

LONGEST = 800  # seconds, on a machine that does other things as well


def test_load_cuts_poison_and_letters_in_small() -> None:
    """R1 to R4, R7, R8, X5: processes are killed, stores crash or are cut off, messages poison; every bar is held."""
    sizes = "--tickets 40 --kills 3 --restarts 1 --flood 50 --clients 4 --lease 5 --minutes 4 --letters 100 --away 6"
    code, said = _play("load", "broker", "cable", "poison", "letters", *sizes.split())
    assert code == 0, said
    acts = (
        "\n== load: ",
        "\n== broker: ",
        "\n== cable: ",
        "\n== poison: ",
        "\n== letters: ",
        "40 of 40 acknowledged",
        "100 mutated letters",
    )
    for words in (*acts, "Every bar was held."):
        assert words in said


def _play(*words: str) -> tuple[int, str]:
    """The acts as a person starts them; the exit code and what was said. What takes too long is ended orderly."""
    given = {name: value for name, value in os.environ.items() if name not in OWN}
    given["CHAOS_PATIENCE"] = "6"  # what is lost counts here, not how quick the machine is
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos", *words], cwd=product.ROOT, env=given, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=120)
        raise AssertionError(f"not done after {LONGEST} s: {said}") from None
    return process.returncode, said
