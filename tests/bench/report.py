# ruff: noqa: E501 - a table or a sentence reads better on one line
"""docs/performance.md: figures, conditions and what they are compared with, written by `make bench` alone."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from integrations.monday.limits import PLANS
from kumala_itsm.local import postgres

_HEAD = """# Performance

Written by `make bench`; do not edit. Every figure of a table comes from one run on one machine, so compare the ratios, not the
milliseconds: *times* is the page divided by an empty signed-in page under the same server plus the SQL that the page cannot
do without, both measured in the same minutes. *Growth* is the page at {large:,} tickets divided by the page at {small:,}, which is
measured beside it over a database of its own.

| Condition | |
|---|---|
{conditions}
"""


def conditions() -> dict[str, str]:
    """What the figures depend on."""
    cpu = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")),
        platform.machine(),
    )
    server = subprocess.run(
        [postgres.programs() / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{cpu}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB; client, server and database share it",
        "versions": f"Python {platform.python_version()}, Django {version('django')}, gunicorn {version('gunicorn')}, PostgreSQL {server}",
        "server": "gunicorn, 2 workers with 4 threads; no worker and no scheduler running",
        "database": "PostgreSQL as `make up` starts it: default memory settings, fsync on",
    }  # fmt: skip


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def write(found: dict[str, Any], out: Path) -> str:
    """The page, written to `out` and returned."""
    small, large = sorted(found["sizes"], key=int)
    told = found["conditions"] | {
        "data": f"{int(large):,} tickets, 3 answers, 4 events and 1 clock each, one in fifty open; {found['disk']:,.0f} MB on disk",
        "loops": f"{found['asked']['seconds']:.0f} s for each figure",
    }
    text = "\n".join([
        _HEAD.format(
            large=int(large), small=int(small), conditions="\n".join(f"| {k} | {v} |" for k, v in told.items())
        ),
        *_pages(found["sizes"][small]["pages"], found["sizes"][large]["pages"]),
        *_eight(found["sizes"][large]["pages"]),
        *_rest(found, small, large),
    ])  # fmt: skip
    out.write_text(text + "\n", encoding="utf-8")
    return text


def times(row: dict[str, Any]) -> float:
    """The page over an empty page plus its bare SQL, with one client."""
    return float(row["c1"]["p50"] / (row["c1"]["empty"] + row["bare"]))


def _pages(small: dict[str, Any], large: dict[str, Any]) -> list[str]:
    lines = [
        "## Pages, one client", "",
        "| Page | p50 ms | p95 ms | empty ms | bare SQL ms | times | aim | growth | aim | statements | KB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    for name, row in large.items():
        one = row["c1"]
        growth = one["p50"] / small[name]["c1"]["p50"]
        lines.append(
            f"| {name} | {one['p50']:.1f} | {one['p95']:.1f} | {one['empty']:.2f} | {row['bare']:.2f} |"
            f" {_judged(times(row), row['most'])} | {row['most']:.0f} | {_judged(growth, row['growth'])} | {row['growth']} |"
            f" {small[name]['queries']} / {row['queries']} | {one['bytes'] / 1000:.0f} |"
        )
    return [
        *lines,
        "",
        "A figure in bold misses its aim. Statements: at the small and at the large size.",
        "",
    ]


def _judged(value: float, most: float) -> str:
    return f"{value:.1f}" if round(value, 1) <= most else f"**{value:.1f}**"


def _eight(large: dict[str, Any]) -> list[str]:
    lines = [
        "## Eight clients",
        "",
        "| Page | p50 ms | p95 ms | a second | empty p50 ms |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {row['c8']['p50']:.0f} | {row['c8']['p95']:.0f} | {row['c8']['per_second']:.0f} | {row['c8']['empty']:.1f} |"
        for name, row in large.items()
    ]
    return [*lines, ""]


def _rest(found: dict[str, Any], small: str, large: str) -> list[str]:
    sweep = found["sweep"]
    memory = found["sizes"][large]["memory"]
    return [
        "## The sweep of the clocks", "",
        "| | | aim |", "|---|---:|---:|",
        f"| {sweep['due']:,} due among {sweep['clocks']:,} running, {sweep['told']:,} levels recorded with their events, s |"
        f" {_judged(sweep['seconds'], 1)} | 1 |",
        f"| nothing due, ms (p95 {sweep['empty_p95']:.1f}) | {_judged(sweep['empty'], 5)} | 5 |", "",
        "## Memory", "",
        f"Two web workers with four threads after all loops: {_judged(memory, 200)} MB (proportional set size; aim 200;"
        f" {found['sizes'][small]['memory']:.0f} MB after those at {int(small):,} tickets).", "",
        *(
            line for name, said in _PARTS.items()
            for line in (said(found[name]) if found[name] else [f"## Not measured in this run: {name}", ""])
        ),
    ]  # fmt: skip


def _developments(found: dict[str, Any]) -> list[str]:
    lines = [
        f"## Developments: {found['requests']:,} open ones, one client", "",
        "| Page | p50 ms | p95 ms | empty ms | bare SQL ms | times | aim | statements | KB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    for name, row in found["pages"].items():
        one = row["c1"]
        lines.append(
            f"| {name} | {one['p50']:.1f} | {one['p95']:.1f} | {one['empty']:.2f} | {row['bare']:.2f} |"
            f" {_judged(times(row), row['most'])} | {row['most']:.0f} | {row['queries']} | {one['bytes'] / 1000:.0f} |"
        )
    return [*lines, ""]


def _inventory(found: dict[str, Any]) -> list[str]:
    small, large = sorted(found["sizes"], key=int)
    few, many = found["sizes"][small], found["sizes"][large]
    lines = [
        f"## Inventory: {int(large):,} assets, {many['installations']:,} installations; growth from {int(small):,} assets", "",
        "| Page | p50 ms | p95 ms | empty ms | bare SQL ms | times | aim | growth | aim | statements | KB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    for name, row in many["pages"].items():
        one = row["c1"]
        growth = one["p50"] / few["pages"][name]["c1"]["p50"]
        lines.append(
            f"| {name} | {one['p50']:.1f} | {one['p95']:.1f} | {one['empty']:.2f} | {row['bare']:.2f} |"
            f" {_judged(times(row), row['most'])} | {row['most']:.0f} | {_judged(growth, row['growth'])} | {row['growth']} |"
            f" {row['queries']} | {one['bytes'] / 1000:.0f} |"
        )
    return [
        *lines, "",
        f"How many machines have which version is counted over all of them, here {int(large) // int(small)} times as many: that page grows with its bare SQL.",
        "", *_agents(found["reports"]),
    ]  # fmt: skip


def _agents(found: dict[str, Any]) -> list[str]:
    kept, read, large, large_read = (found[name] for name in ("kept", "read", "large", "large_read"))
    return [
        f"## Reports of agents: {kept['count']:,} full ones of {kept['bytes'] / 1000:.0f} KB ({kept['packed'] / 1000:.0f} KB packed), eight agents at a time", "",
        "| | | aim |", "|---|---:|---:|",
        f"| kept and answered, a second (p50 {kept['p50']:.0f} ms, p95 {kept['p95']:.0f} ms) | {_least(kept['per_second'], 100)} | 100 |",
        f"| read by one worker, a second, new machines with all their programs ({'those of an agent in order, all to the second' if read['in_order'] else '**not in order**'}) | {read['per_second']:.1f} | |",
        f"| a report of {large['mb']:.0f} MB: seconds until it is kept | {large['seconds']:.2f} | |",
        f"| memory of the web more meanwhile, MB | {_judged(large['more_mb'], 200)} | 200 |",
        f"| memory of the process that reads it, MB | {large_read['reader_mb']:.0f} | |", "",
    ]  # fmt: skip


def _least(value: float, least: float) -> str:
    return f"{value:.0f}" if value >= least else f"**{value:.0f}**"


def _backups(found: dict[str, Any]) -> list[str]:
    bare, ours = (", ".join(f"{seconds:.1f}" for seconds in found[name]) for name in ("bare", "ours"))
    return [
        "## Backups", "", f"A database of {found['database_bytes'] / 1e6:,.0f} MB into fresh repositories, in turns.", "",
        "| Bare `pg_dump` into restic, s | As a run, s | times | aim | memory at a tenth and at the whole, MB |",
        "|---|---|---:|---:|---|",
        f"| {bare} | {ours} | {_judged(found['ratio'], 1.2)} | 1.2 | {found['rss_mb'][0]} / {found['rss_mb'][1]} |", "",
    ]  # fmt: skip


def _keeping(found: dict[str, Any]) -> list[str]:
    backup, drill = found["backup"], found["drill"]
    return [
        f"## The product backed up while people work, and restored: {found['tickets']:,} tickets", "",
        f"Backup: {backup['bytes'] / 1e6:,.0f} MB dumped in {backup['seconds']:.0f} s, by a process of {backup['memory_mb']:.0f} MB. "
        f"Restored as a drill does it: {drill['seconds']:.0f} s (aim {_judged_words(drill['seconds'], 900)}) for {drill['rows']:,} rows in "
        f"{drill['tables']} tables, with their comparison, the whole ledger verified, {drill['invariants']} invariants and a sign-in.", "",
        "| Page, one client | before, ms | while it is backed up, ms | p95 of the slowest second | asked |", "|---|---:|---:|---:|---:|",
        *(
            f"| {name} | {row['quiet']:.1f} | {row['p50']:.1f} | {row['p95']:.1f} | {row['asked']:,} |"
            for name, row in found["pages"].items()
        ), "",
    ]  # fmt: skip


def _judged_words(value: float, most: float) -> str:
    return f"{most:.0f}" if value <= most else f"{most:.0f}, **missed**"


def _papers(found: dict[str, Any]) -> list[str]:
    ms, memory = found["ms"], found["memory"]
    return [
        "## Papers", "",
        "| Medians, off the request | ms | aim |", "|---|---:|---:|",
        f"| a BRM printed, sealed and signed once (typesetting: {ms['typesetting']:.0f}) | {_judged(ms['form'] + ms['signature'], 1500)} | 1500 |",
        f"| one more signature | {ms['signature']:.0f} | |",
        f"| the certificate of how it was decided | {ms['certificate']:.0f} | |",
        f"| a file of {found['bytes'] / 1000:.0f} KB with three signatures is looked at | {_judged(ms['look'], 300)} | 300 |", "",
        f"Memory of the worker's process, each time a tenth of {found['documents']} documents was made: "
        f"{', '.join(f'{taken:.0f}' for taken in memory)} MB.", "",
    ]  # fmt: skip


def _counted(value: int, most: int) -> str:
    return f"{value:,}" if value <= most else f"**{value:,}**"


def _mirror(found: dict[str, Any]) -> list[str]:
    export, changes, sweep = found["export"], found["changes"], found["sweep"]
    per_day, webhook = PLANS[found["plan"]].calls_per_day, found["webhook"]
    lost = f"{export['kills']} processes killed in it, an answer lost: {export['doubles']} doubled, {export['left']} missing"
    return [
        f"## The mirror on monday.com: {found['cards']:,} cards, the fake with 20 ms for each call", "",
        f"| Plan {found['plan']}, {per_day:,} calls a day | calls | aim | seconds | minutes on their clock |", "|---|---:|---:|---:|---:|",
        f"| the first export ({lost}) | {_counted(export['calls'], per_day)} | {per_day} | {export['seconds']:.0f} | {export['minutes']:.0f} |",
        f"| {changes['arrived']:,} of {found['changed']:,} changed requests | {_counted(changes['calls'], 60)} | 60 | {changes['seconds']:.0f} | {changes['minutes']:.0f} |",
        f"| a walk over {sweep['cards']:,} cards, {sweep['differences']} differences | {_counted(sweep['calls'], 25)} | 25 | {sweep['seconds']:.0f} | 0 |", "",
        f"A message of monday.com is kept and answered in {webhook['p50']:.1f} ms (p95 {webhook['p95']:.1f} ms, {webhook['kept']:,} of {webhook['sent']:,}), without the network.", "",
        "Waits that monday.com's limits ask for are taken on a clock that is put forward: their minutes, not ours. The seconds hold the work of the fake as well.",
    ]  # fmt: skip


_PARTS = {
    "developments": _developments,
    "inventory": _inventory,
    "papers": _papers,
    "backups": _backups,
    "keeping": _keeping,
    "mirror": _mirror,
}
