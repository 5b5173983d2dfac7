"""`make up` on a machine that has nothing: `python -m tests.running.bare_debian [--user NAME]`, as root.

Debian 12 as debootstrap makes it, with python3, python3-venv, git, make and ca-certificates, in a directory of its own
and in its own process namespace. The checkout is copied in; how this machine reaches apt, pip and npm is passed on as
this machine has it configured, nothing of it is written here.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kumala_itsm.local import machine, product

PACKAGES = "python3,python3-venv,git,make,ca-certificates"
CACHE = Path.home() / ".cache" / "kumala-itsm" / "bookworm.tar"
# How this machine is connected: whatever of these exists is copied to the same place.
CONNECTED = [
    "/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/etc/apt/auth.conf.d",
    "/etc/apt/keyrings", "/etc/apt/trusted.gpg.d", "/etc/apt/preferences.d", "/usr/share/keyrings",
    "/usr/local/share/ca-certificates", "/etc/ssl/certs", "/etc/resolv.conf", "/etc/hosts",
    "/etc/pip.conf", "/etc/xdg/pip/pip.conf", "/etc/npmrc", "/usr/etc/npmrc",
]  # fmt: skip
AT_HOME = [".config/pip/pip.conf", ".pip/pip.conf", ".npmrc", ".netrc"]
PASSED_ON = re.compile(
    r"^(DEMO$|PIP_|npm_config_|NODE_EXTRA_CA_CERTS|SSL_CERT|REQUESTS_CA|CURL_CA|\w+_proxy$|\w+_PROXY$)",
    re.ASCII,
)


def system(root: Path) -> None:
    """A bare Debian in `root`, from the kept archive or freshly made."""
    if not CACHE.exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        targets = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Codename: bookworm"]
        places = subprocess.run(targets, capture_output=True, text=True, check=False).stdout.split()
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root, *places[:1]],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        fresh = CACHE.with_suffix(".new")
        subprocess.run(["tar", "--numeric-owner", "-cf", fresh, "-C", root, "."], check=True)
        fresh.rename(CACHE)
        return
    subprocess.run(["tar", "--numeric-owner", "-xf", CACHE, "-C", root], check=True)


def connect(root: Path, home: str) -> list[Path]:
    """Copy this machine's ways to apt, pip and npm; the directories that pip's configuration names."""
    for place in CONNECTED:
        _copy(Path(place), root / place.lstrip("/"))
    for place in AT_HOME:
        _copy(Path.home() / place, root / home.lstrip("/") / place)
    configured = subprocess.run(["pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    named = re.findall(r"(?:file://)?(/[\w./-]+)", configured)
    return sorted({Path(*Path(name).parts[:3]) for name in named if Path(name).is_dir()})


def _copy(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "--recursive", "--no-target-directory", "--no-dereference", "--preserve=mode,links",
                        "--remove-destination", source.resolve(), target], check=True)  # fmt: skip


def checkout(target: Path) -> None:
    """The files of the repository as they are now, nothing that git ignores."""
    target.mkdir(parents=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=product.ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\0"
    )
    for name in filter(None, names):
        if (product.ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(product.ROOT / name, target / name)


@contextmanager
def bare(user: str) -> Iterator[tuple[Path, Path]]:
    """A bare Debian with a checkout in the user's home: its root, and the checkout as seen from inside."""
    root = Path(tempfile.mkdtemp(prefix="kumala-bare-"))
    home = "/root" if user == "root" else f"/home/{user}"
    inside = Path(home) / "kumala"
    root.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        system(root)
        if user != "root":
            subprocess.run(["chroot", root, "useradd", "--create-home", "--uid", "4711", user], check=True)
        mounts = [(Path("/proc"), "rbind"), (Path("/sys"), "rbind"), (Path("/dev"), "rbind")]
        mounts += [(place, "bind") for place in connect(root, home)]
        for place, how in mounts:
            target = root / str(place).lstrip("/")
            target.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", f"--{how}", place, target], check=True)
            stack.callback(subprocess.run, ["umount", "--lazy", "--recursive", target], check=False)
            subprocess.run(["mount", "--make-rslave", target], check=False)
        checkout(root / str(inside).lstrip("/"))
        subprocess.run(["chroot", root, "chown", "-R", f"{user}:{user}", home], check=True)
        yield root, inside


def enter(root: Path, inside: Path, user: str, *command: str, **env: str) -> list[str]:
    """The command line that runs `command` in the bare Debian as `user`, in a clean environment."""
    passed = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
    clean = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
        "HOME": str(inside.parent),
    }
    words = [f"{name}={value}" for name, value in (clean | {"LANG": "C.UTF-8"} | passed | env).items()]
    asked = " ".join(command)
    return [
        "chroot",
        f"--userspec={user}",
        str(root),
        "env",
        "-i",
        *words,
        "sh",
        "-c",
        f"cd {inside} && exec {asked}",
    ]


class Up:
    """One `make up` in there."""

    def __init__(self, root: Path, inside: Path, user: str) -> None:
        self.port = product.free_port()
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            enter(root, inside, user, "make", "up", PORT=str(self.port)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.set_blocking(self.process.stdout.fileno(), False)  # type: ignore[union-attr]
        self.said = b""

    def ready(self, *, seconds: float) -> float:
        """Seconds until /readyz said 200. Raises SystemExit with what it said when it does not."""
        while time.monotonic() - self.begun < seconds and self.process.poll() is None:
            self._listen()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                    assert json.load(answer)["ready"] is True
                    return time.monotonic() - self.begun
            except OSError:
                time.sleep(0.1)
        self.stop()
        print(self.said.decode(), file=sys.stderr, flush=True)
        raise SystemExit(f"make up was not ready after {time.monotonic() - self.begun:.0f} s")

    def _listen(self) -> None:
        self.said += self.process.stdout.read() or b""  # type: ignore[union-attr]

    def stop(self) -> int:
        """SIGTERM to make, as a service manager does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self._listen()
        return code


def living(root: Path) -> list[str]:
    """Processes whose root directory is this Debian."""
    found = []
    for link in Path("/proc").glob("[0-9]*/root"):
        try:
            if link.readlink() == root:
                found.append((link.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def play(user: str) -> None:
    """The whole story for root, or for somebody who is not."""
    with bare(user) as (root, inside):
        if user != "root":
            _refused_without_libraries(root, inside, user)
        first = Up(root, inside, user)
        took = first.ready(seconds=600)
        print(f"{user}: first make up answers /readyz with 200 after {took:.0f} s", flush=True)
        _stop(first, root, user)
        second = Up(root, inside, user)
        took = second.ready(seconds=60)
        print(f"{user}: second make up after {took:.1f} s", flush=True)
        second.process.poll()
        _stop(second, root, user)
        assert took < 10, f"the second start took {took:.1f} s:\n{second.said.decode()}"


def _refused_without_libraries(root: Path, inside: Path, user: str) -> None:
    done = subprocess.run(
        enter(root, inside, user, "make", "up"), capture_output=True, text=True, check=False
    )
    sentence = [
        line for line in done.stderr.splitlines() if line.startswith("These Debian packages are missing:")
    ]
    assert done.returncode, done.stdout
    assert len(sentence) == 1, done.stdout + done.stderr
    named = [*machine.LIBRARIES.values(), *machine.FONTS.values()]
    assert [package for package in named if package not in sentence[0]] == []
    print(f"{user}: {sentence[0]}", flush=True)
    install = [
        "apt-get",
        "-q",
        "update",
        "&&",
        "apt-get",
        "-q",
        "install",
        "-y",
        "--no-install-recommends",
        *named,
    ]
    subprocess.run(
        enter(root, inside, "root", "sh", "-c", f"'{' '.join(install)}'"),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _stop(run: Up, root: Path, user: str) -> None:
    code = run.stop()
    left = living(root)
    print(f"{user}: SIGTERM to make: exit code {code}, processes left: {left or 'none'}", flush=True)
    assert not left


def main() -> int:
    """Play it as root, or as `--user`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--user", default="root")
    asked = parser.parse_args()
    if os.geteuid() or not shutil.which("debootstrap"):
        print("This needs root and the Debian package debootstrap.", file=sys.stderr)
        return 2
    play(asked.user)
    return 0


if __name__ == "__main__":
    sys.exit(main())
