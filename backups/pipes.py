"""Programs, and pipes of two of them in which both are judged.

A copy is finished only when the dump has proved whole: the store is not told that the stream has ended before the
exit code and the last bytes of the dump are known. Until then it can only be killed, and keeps nothing.

The kernel moves what is dumped from pipe to pipe (splice): no byte of it passes through this process but the first and
the last few, which tell whether it is whole.
"""

import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any

from backups.enums import Fault

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where Debian puts programs
CHUNK = 1024 * 1024  # bytes
STALLED = 1800  # seconds without a byte after which a dump is given up
PATIENCE = 6 * 3600  # seconds in which a program must come further, or end when it has all it waits for
_SMALL, _LULL = 256 * 1024, 0.004  # bytes, seconds
_BLINK = 1000  # milliseconds after which a full pipe is looked at again
_TAIL = 256  # bytes at the end of a stream by which its wholeness is judged
_SAID = 20_000  # characters of what a program said that are kept
# When we are killed, whatever we started is killed by the kernel: nothing goes on writing without a master.
_LEASHED = ["setpriv", "--pdeathsig", "KILL", "--"]


class Broken(Exception):
    """A run cannot go on: the fault for people, what programs said for the log."""

    def __init__(self, fault: Fault, said: str = "") -> None:
        super().__init__(f"{fault}: {said}")
        self.fault, self.said = fault, said


class Stopped(Exception):
    """Somebody else has ended this run; nothing more may be written."""


@dataclass
class Stream:
    """What went through a pipe: its beginning, its end and its length."""

    head: bytes = b""
    tail: bytes = b""
    size: int = 0

    def take(self, chunk: bytes) -> None:
        """One more piece that was seen."""
        self.head = self.head or chunk[:_TAIL]
        self.tail = (self.tail + chunk[-_TAIL:])[-_TAIL:]
        self.size += len(chunk)


@dataclass(frozen=True)
class Command:
    """A program with its arguments, none of them secret, and what it sees beside PATH."""

    words: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    user: int | None = None
    cwd: str = "/"


@dataclass(frozen=True)
class Ended:
    """How a program ended."""

    code: int
    out: str
    said: str


Beat = Callable[[int], None]  # called with the bytes so far; may raise Stopped
Judge = Callable[
    [Stream, int, str], Fault | None
]  # what is wrong with a dump, by its stream, exit code and words


def environment(command: Command) -> dict[str, str]:
    """A program sees no variable of ours."""
    usual = {
        "PATH": PATH,
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    return usual | {"HOME": tempfile.gettempdir()} | command.env


def start(command: Command, **pipes: Any) -> "subprocess.Popen[bytes]":
    """Start it on a leash. Raises Broken when the program is not installed."""
    who: dict[str, Any] = {}
    if command.user is not None:
        who = {"user": command.user, "extra_groups": []}
    try:
        return subprocess.Popen(
            [*_LEASHED, *command.words], env=environment(command), cwd=command.cwd, start_new_session=True,
            **pipes, **who,
        )  # fmt: skip
    except OSError as problem:
        raise Broken(Fault.BUG, str(problem)) from None


def run(command: Command, *, stdin: bytes | None = None, patience: float = 600) -> Ended:
    """Until it ends, or `patience` seconds have passed (then it is killed and has code -9)."""
    process = start(
        command, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        out, said = process.communicate(stdin, timeout=patience)
    except subprocess.TimeoutExpired:
        kill(process)
        out, said = process.communicate()
    return Ended(process.returncode, out.decode(errors="replace"), _short(said))


def kill(process: "subprocess.Popen[bytes]") -> None:
    """It and whatever it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        process.kill()


@contextmanager
def killed_afterwards(*processes: "subprocess.Popen[bytes]") -> Iterator[None]:
    """However this ends, none of them goes on."""
    try:
        yield
    finally:
        for process in processes:
            if process.poll() is None:
                kill(process)
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            process.wait()


def pump(source: Command, sink: Command, judge: Judge, beat: Beat) -> tuple[Stream, Ended]:
    """Stream `source` into `sink`. Raises Broken for what `judge` finds; the sink then ends without its end of file.

    How the sink ended is the caller's to judge.
    """
    with tempfile.TemporaryFile() as words_in, tempfile.TemporaryFile() as words_out, _said_into() as out:
        giver = start(source, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=words_in)
        with killed_afterwards(giver):
            taker = start(sink, stdin=subprocess.PIPE, stdout=out, stderr=words_out)
            with killed_afterwards(taker):
                assert giver.stdout is not None
                assert taker.stdin is not None
                with _held_open(taker.stdin):
                    stream = _pour(giver.stdout, taker.stdin, beat)
                    if stream is not None:
                        code = _ended(giver, Fault.UNREACHABLE)
                        if fault := judge(stream, code, _read(words_in)):
                            raise Broken(fault, _read(words_in))
                        with suppress(OSError):
                            # Before the holder lets go: without its tail it is half.
                            _write(taker.stdin, stream.tail)
                if stream is not None:
                    with suppress(OSError):
                        taker.stdin.close()
                ended = Ended(_ended(taker, Fault.STORE), _read(out), _read(words_out))
                if stream is None and ended.code == 0:
                    raise Broken(Fault.STORE, ended.said)
                return stream or Stream(), ended


@contextmanager
def _held_open(pipe: IO[bytes]) -> Iterator[None]:
    """Somebody else holds this end of the pipe as well. When we are killed the kernel closes ours before it kills our
    programs, and a store that reads an end of file in between would keep half a dump. Programs are killed in the order
    in which they were started: the holder after the store.
    """
    holder = start(Command(("sleep", "2d")), stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.DEVNULL)
    with killed_afterwards(holder):
        yield


def feed(source: Command, sink: Command, beat: Beat) -> tuple[Stream, Ended, Ended]:
    """Stream a copy into the program that restores it; how both ended. A sink that stops early stops the source."""
    with tempfile.TemporaryFile() as words_in, tempfile.TemporaryFile() as words_out, _said_into() as out:
        giver = start(source, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=words_in)
        with killed_afterwards(giver):
            taker = start(sink, stdin=subprocess.PIPE, stdout=out, stderr=words_out)
            with killed_afterwards(taker):
                assert giver.stdout is not None
                assert taker.stdin is not None
                stream = _carry(giver.stdout, taker.stdin, beat)
                if stream is None:
                    kill(giver)
                with suppress(OSError):
                    taker.stdin.close()
                gave = Ended(giver.wait(), "", _read(words_in))
                # It builds its indexes now: as long as it takes.
                took = Ended(taker.wait(), _read(out), _read(words_out))
                return stream or Stream(), gave, took


def watched(command: Command, hear: Callable[[dict[str, Any]], None]) -> Ended:
    """Run a program that says its progress in lines of JSON; `hear` is told each, and may raise Stopped.

    One that comes no further for PATIENCE seconds is killed, however often it says so.
    """
    with tempfile.TemporaryFile() as words:
        process = start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=words)
        with killed_afterwards(process), _while_it_moves(process) as moved:
            assert process.stdout is not None
            last = ""
            for line in process.stdout:
                last = line.decode(errors="replace")
                with suppress(ValueError):
                    said = json.loads(last)
                    moved(said)
                    hear(said)
            return Ended(_ended(process, Fault.STORE), last, _read(words))


@contextmanager
def _while_it_moves(process: "subprocess.Popen[bytes]") -> Iterator[Callable[[dict[str, Any]], None]]:
    """A way to say how far a program is. It is killed when that stays the same for too long: what hangs on a dead mount
    still prints its line every second.
    """
    state: dict[str, Any] = {"far": None, "since": time.monotonic()}

    def moved(said: dict[str, Any]) -> None:
        far = [said.get(name) for name in ("message_type", "bytes_done", "files_done")]
        if far != state["far"]:
            state["far"], state["since"] = far, time.monotonic()

    def look() -> None:
        if time.monotonic() - state["since"] > PATIENCE:
            kill(process)

    with Ticker(look, min(60.0, PATIENCE / 4)):
        yield moved


def _ended(process: "subprocess.Popen[bytes]", fault: Fault) -> int:
    """Its exit code. Raises Broken with `fault` when it does not end although it has nothing left to wait for."""
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        raise Broken(fault, f"A program did not end within {PATIENCE} seconds.") from None


def _pour(giver: IO[bytes], taker: IO[bytes], beat: Beat) -> Stream | None:
    """All bytes from one to the other within the kernel, except the last few: who judges has them, and gives them on.

    None when the taker would not have them.
    """
    _widen(giver)
    _widen(taker)
    stream = Stream(head=_next(giver, _TAIL))
    stream.size = len(stream.head)
    if not stream.head:
        return stream
    quiet_since = time.monotonic()
    if not _written(taker, stream.head):
        return None
    while True:
        is_over, here = _has_ended(giver), _waiting(giver)
        if is_over and here <= _TAIL:
            stream.tail = os.read(giver.fileno(), _TAIL) if here else b""
            stream.size += here
            return stream
        moved = _spliced(giver, taker, here - _TAIL) if here > _TAIL else 0
        if moved is None:
            return None
        stream.size += moved
        beat(stream.size)
        quiet_since = time.monotonic() if moved else quiet_since
        if time.monotonic() - quiet_since > STALLED:
            raise Broken(Fault.UNREACHABLE, f"No byte moved for {STALLED} seconds.")
        if (
            moved < _SMALL and not is_over
        ):  # a dump is written in small pieces: let the pipe fill, and wake less often
            time.sleep(_LULL)


def _has_ended(pipe: IO[bytes]) -> bool:
    """Nobody can write into it any more; what is in it may still be read."""
    look = select.poll()
    look.register(pipe, 0)
    return any(what & select.POLLHUP for _number, what in look.poll(0))


def _waiting(pipe: IO[bytes]) -> int:
    """Bytes that can be read."""
    said = fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4))
    return int(struct.unpack("i", said)[0])


def _spliced(giver: IO[bytes], taker: IO[bytes], most: int) -> int | None:
    """How many bytes were moved: none while the taker's pipe is full. None when nobody reads there any more."""
    try:
        return os.splice(giver.fileno(), taker.fileno(), most, flags=os.SPLICE_F_NONBLOCK)
    except BlockingIOError:
        look = select.poll()
        look.register(taker, select.POLLOUT)
        look.poll(_BLINK)
        return 0
    except BrokenPipeError:
        return None


def _carry(giver: IO[bytes], taker: IO[bytes], beat: Beat) -> Stream | None:
    """All bytes from one to the other, in constant memory. None when the taker would not have them."""
    stream = Stream()
    _widen(giver)
    _widen(taker)
    while chunk := _next(giver):
        stream.take(chunk)
        if not _written(taker, chunk):
            return None
        beat(stream.size)
        if len(chunk) < _SMALL:  # a dump is written in small pieces: let the pipe fill, and wake less often
            time.sleep(_LULL)
    return stream


def _next(giver: IO[bytes], most: int = CHUNK) -> bytes:
    """The next piece; b"" at the end. Raises Broken when a program that should speak is silent for too long."""
    ready, _none, _none = select.select([giver], [], [], STALLED)
    if not ready:
        raise Broken(Fault.UNREACHABLE, f"No byte came for {STALLED} seconds.")
    return os.read(giver.fileno(), most)


def _written(taker: IO[bytes], chunk: bytes) -> bool:
    try:
        _write(taker, chunk)
    except BrokenPipeError:
        return False
    return True


def _write(taker: IO[bytes], chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(taker.fileno(), view) :]


def _widen(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # the system may not allow so much
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, CHUNK)


@contextmanager
def _said_into() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        yield file


def _read(file: IO[bytes]) -> str:
    """The end of what stands there: restic's summary is its last line."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - _SAID))
    return _short(file.read())


def _short(said: bytes) -> str:
    return said.decode(errors="replace")[-_SAID:].replace("\0", "")


class Ticker:
    """Calls `tick` every few seconds from a thread of its own: a sign of life also while a program is silent."""

    def __init__(self, tick: Callable[[], None], every: float) -> None:
        self._tick, self._every = tick, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Ticker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            self._tick()
