"""Reports of agents: how many a second the door keeps, how fast the backlog is read, and what a large one costs."""

import base64
import threading
import time
import zlib
from typing import Any

import psutil

from tests.agents import bodies
from tests.bench import load

PROGRAMS = 220  # a real Windows machine of an office has some two hundred
CLIENTS = 8
LARGE_MB = 20


def asked(key: str, secret: str, body: bytes, agent: str) -> load.Asked:
    """One report on its way."""
    pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
    headers = {
        "Authorization": f"Basic {pair}", "Content-Type": "application/x-compress-zlib", "GLPI-Agent-ID": agent,
    }  # fmt: skip
    return load.Asked("POST", "/integrations/agents/", headers, body)


def report(number: int, programs: int = PROGRAMS, memory: int = 16384) -> bytes:
    """A full report of one machine of its own, as it is before it is packed."""
    software = [
        {
            "name": f"Program {n:05d} untuk kantor", "version": f"{100 + (n + number) % 20}.0.{n}",
            "publisher": f"Penerbit {n % 300}", "install_date": "2026-10-02", "arch": "x86_64",
            "guid": f"{{{zlib.crc32(str(n).encode()):08X}-2C6E-4F53-9A44-9D6C2F5B{n % 9999:04d}}}",
        }
        for n in range(programs)
    ]  # fmt: skip
    content = bodies.windows(softwares=software)
    content = bodies.changed(
        content,
        "hardware",
        uuid=f"4C4C4544-0042-3510-8051-{number:012d}",
        name=f"PC-{number:06d}",
        memory=memory,
    )
    content = bodies.changed(content, "bios", ssn=f"BENCH{number:07d}")
    return bodies.as_json(content, deviceid=f"PC-{number:06d}-2026-03-02-08-00-00")


def send(port: int, key: str, secret: str, count: int) -> dict[str, Any]:
    """So many reports, two of each machine, eight at a time, as fast as they are kept."""
    machines = max(1, count // 2)
    packed = [zlib.compress(report(number % machines, memory=8192 + number)) for number in range(count)]
    took: list[float] = []
    turn = iter(range(count))
    lock = threading.Lock()

    def one() -> None:
        link = load.Connection(port)
        while True:
            with lock:
                number = next(turn, None)
            if number is None:
                break
            agent = f"5c1f9d06-2c6e-4f53-9a44-{number % machines:012d}"
            started = time.perf_counter()
            link.ask(asked(key, secret, packed[number], agent))
            took.append(time.perf_counter() - started)
        link.close()

    threads = [threading.Thread(target=one) for _client in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    timing = load.Timing.of(took, time.perf_counter() - begun)
    return vars(timing) | {"bytes": len(report(0)), "packed": len(packed[0])}


def large(port: int, key: str, secret: str, web: psutil.Process) -> dict[str, float]:
    """One report of twenty megabytes: how long, and how much memory the web takes more while it comes."""
    size = LARGE_MB * 1024 * 1024
    raw = report(9_999_999, programs=4000)
    raw = raw[:-1] + b" " * (size - len(raw)) + raw[-1:]
    before, most, done = _memory(web), 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, _memory(web))

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    message = asked(key, secret, raw, "5c1f9d06-2c6e-4f53-9a44-ffffffffffff")
    message.headers["Content-Type"] = "application/json"
    load.Connection(port).ask(message)
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    return {"mb": LARGE_MB, "seconds": seconds, "more_mb": max(0.0, most - before)}


def _memory(web: psutil.Process) -> float:
    """Megabytes of all its processes."""
    found = 0
    for process in (web, *web.children(recursive=True)):
        try:
            found += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return found / 1e6
