"""Where something really lies: machine, disk, mount. Two names of one machine are one machine.

A machine is known by marks: its machine-id, its SSH host keys, its addresses. Two places are on one machine when they
share a mark; they are apart only when both are known and share none. Inside one machine, disks are told apart by the
number of the device (st_dev).
"""

import hashlib
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backups.enums import Apart, Removal, RepositoryKind, TargetKind

_HOST_KEYS = Path("/etc/ssh")
Place = dict[str, Any]


def own_marks() -> set[str]:
    """The marks of this machine."""
    found = {"here"}
    for path in (Path("/etc/machine-id"), Path("/proc/sys/kernel/random/boot_id")):
        if path.is_file():
            found.add(f"machine:{path.read_text().strip()}")
    for path in sorted(_HOST_KEYS.glob("ssh_host_*_key.pub")) if _HOST_KEYS.is_dir() else []:
        found.add(_key_mark(path.read_text()))
    return found | {f"address:{address}" for address in _own_addresses()} - {""}


def _own_addresses() -> set[str]:
    return {"127.0.0.1", "::1"} | _addresses(socket.gethostname())


def _addresses(host: str) -> set[str]:
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def _key_mark(line: str) -> str:
    """The mark of a line of known_hosts or of a .pub file."""
    words = line.split()
    key = next((word for word in words if word.startswith("AAAA")), "")
    return f"key:{hashlib.sha256(key.encode()).hexdigest()[:32]}" if key else ""


def _there(host: str, host_key: str = "") -> set[str]:
    """The marks of another machine; those of this one when it is this one."""
    if not host or host.startswith("/"):
        return own_marks()
    found = {f"address:{address}" for address in _addresses(host)}
    found |= {_key_mark(line) for line in host_key.splitlines()}
    own, found = own_marks(), found - {""}
    loops = any(mark.startswith(("address:127.", "address:::1")) for mark in found)
    return found | own if loops or found & own else found


def of_repository(repository: Any) -> Place:
    """Where copies lie."""
    if repository.kind == RepositoryKind.LOCAL:
        return _local(repository.path)
    host = repository.host
    if repository.kind == RepositoryKind.S3:
        host = urlsplit(host if "://" in host else f"https://{host}").hostname or ""
    return {
        "marks": sorted(_there(host, repository.host_key)),
        "device": None,
        "mount": f"{host}:{repository.path}",
    }


def of_target(target: Any, server_host: str, path: str) -> Place:
    """Where the original lies: `server_host` of its database, `path` of its files."""
    if target.kind == TargetKind.DIRECTORY:
        return _local(path)
    if target.kind == TargetKind.PRODUCT:
        here = _local(path)
        return here | {"marks": sorted(set(here["marks"]) | _there(server_host))}
    device = _device(server_host) if server_host.startswith("/") else None
    return {
        "marks": sorted(_there(server_host, target.host_key)), "device": device, "mount": f"{server_host}:{path}",
    }  # fmt: skip


def _local(path: str) -> Place:
    return {"marks": sorted(own_marks()), "device": _device(path), "mount": _mount(path)}


def _device(path: str) -> int | None:
    """Of the directory, or of the nearest one above it that exists."""
    place = Path(path)
    for found in (place, *place.parents):
        if found.exists():
            return found.stat().st_dev
    return None


def _mount(path: str) -> str:
    place = Path(path).resolve()
    for found in (place, *place.parents):
        if found.exists() and os.path.ismount(found):
            return str(found)
    return "/"


def judge(target: Place, repository: Place) -> Apart:
    """Whether the copy lies apart from the original."""
    here, there = set(target.get("marks", [])), set(repository.get("marks", []))
    if not here or not there:
        return Apart.UNKNOWN
    if not here & there:
        return Apart.APART
    known = target.get("device") is not None and repository.get("device") is not None
    return Apart.DISK if known and target["device"] != repository["device"] else Apart.SAME


def copies(policies: list[Any]) -> dict[str, Any]:
    """3-2-1 of a target: copies with the original, kinds of place, one in another building; and how many stores hold
    fast what they have, also against our own keys.
    """
    repositories = {policy.repository_id: policy.repository for policy in policies}.values()
    media = {repository.kind for repository in repositories} | {"original"}
    offsite = [repository.name for repository in repositories if repository.is_offsite]
    return {
        "copies": 1 + len(repositories), "media": len(media), "offsite": len(offsite),
        "fast": sum(repository.removal == Removal.REFUSED for repository in repositories),
        "untried": sum(repository.removal == Removal.UNTRIED for repository in repositories),
        "is_kept": len(repositories) >= 2 and len(media) >= 2 and bool(offsite),
    }  # fmt: skip
