"""What the product needs from the operating system: `python -m kumala_itsm.local machine [--test] [--check]`."""

import ctypes
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from kumala_itsm.local.trouble import Trouble

# WeasyPrint draws the PDFs with these.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
# By the files they bring: letters; what people's telephones put between them; Chinese, Japanese and Korean; Thai.
FONTS = {
    "*.[to]tf": "fonts-dejavu-core",
    "*[Ee]moji*.[to]tf": "fonts-noto-color-emoji",
    "wqy-microhei*.tt[cf]": "fonts-wqy-microhei",
    "Loma*.[to]tf": "fonts-tlwg-loma-ttf",
}
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"  # servers of Debian lie there; not everybody looks
PROGRAMS = {
    "test": {
        "chromium": "chromium",
        "pdfsig": "poppler-utils",
        "curl": "curl",
        "dovecot": "dovecot-imapd",
        "softhsm2-util": "softhsm2",
        "restic": "restic",
        "mariadbd": "mariadb-server",
        "sshd": "openssh-server",
        "rclone": "rclone",
        "fusioninventory-agent": "fusioninventory-agent",
    },
    "check": {"msgfmt": "gettext", "xgettext": "gettext"},
}


# Debian's PostgreSQL beside our own: its versions lie here, whatever else of it is installed.
POSTGRES = Path("/usr/lib/postgresql")


def missing(*purposes: str) -> list[str]:
    """Debian's names of the packages that are not there."""
    wanted = [package for library, package in LIBRARIES.items() if not _loads(library)]
    wanted += [package for files, package in FONTS.items() if not _has_font(files)]
    for purpose in purposes:
        wanted += [
            package for program, package in PROGRAMS[purpose].items() if not shutil.which(program, path=PATH)
        ]
    if "test" in purposes and not any(POSTGRES.glob("*/bin/initdb")):
        wanted.append("postgresql")
    return sorted(set(wanted))


def require(*purposes: str) -> None:
    """Install what is missing (root on Debian). Raises Trouble with one sentence naming it otherwise."""
    wanted = missing(*purposes)
    if not wanted:
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise Trouble(
            f"These Debian packages are missing: {' '.join(wanted)}. "
            f"Ask whoever is root here for: apt-get install -y --no-install-recommends {' '.join(wanted)}"
        )
    _install(wanted)
    if still := missing(*purposes):
        raise Trouble(f"apt-get installed them, but these are still not found: {' '.join(still)}.")


def _install(packages: list[str]) -> None:
    print(f"Installing from Debian: {' '.join(packages)}", flush=True)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-q", *command],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Trouble(f"{done.stdout[-2000:]}\napt-get {command[0]} failed; its last lines are above.")


def _loads(library: str) -> bool:
    with suppress(OSError):
        ctypes.CDLL(library)
        return True
    return False


def _has_font(files: str) -> bool:
    places = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(next(place.rglob(files), None) for place in places if place.is_dir())
