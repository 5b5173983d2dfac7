"""The product on a stage: its own servers in a network of their own where possible, so that a cable can be pulled."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from kumala_itsm.local import postgres, product, redis
from kumala_itsm.local.process import Service
from tests.chaos.smtp import Postman
from tests.fakes.dovecot import Dovecot
from tests.fakes.monday import Monday
from tests.running.runner import Runner

REDIS_PORT = 6390


class Stage:
    """PostgreSQL, Redis, a mailbox, a bad postman and the product. `start` and `stop` it; `place` is its directory."""

    def __init__(self, place: Path) -> None:
        self.place, self.state = place, place / "stores"
        self.net = Net() if Net.possible() else None
        self.postman = Postman()
        self.mailbox = Dovecot(place / "mailbox")
        self.monday = Monday(delivers=True)
        self.stores: dict[str, Service] = {}
        self.runner: Runner | None = None
        self.database = self.owner = self.broker = ""

    def start(self) -> "Stage":
        """Everything up and ready."""
        self.state.mkdir(parents=True)
        self.state.chmod(0o711)
        if self.net:
            self.net.start()
        self.postman.start()
        self.mailbox.start()
        self.monday.start()
        self._start_stores()
        self.runner = Runner(self.place / "state", **self.settings())
        self.runner.ready(seconds=240)
        return self

    def stop(self) -> None:
        """Everything down, also what never came up."""
        if self.runner:
            self.runner.stop()
        for service in reversed(self.stores.values()):
            service.stop()
        self.mailbox.stop()
        self.monday.stop()
        self.postman.stop()
        if self.net:
            self.net.stop()
        shutil.rmtree(self.place, ignore_errors=True)

    def settings(self) -> dict[str, str]:
        """What the product is told: where its stores are, and a subscriber that poisons."""
        return {
            "DATABASE_URL": self.database, "DATABASE_OWNER_URL": self.owner, "REDIS_URL": self.broker,
            "MAIL_URL": f"smtp://127.0.0.1:{self.postman.port}", "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "MONDAY_TOKEN": self.monday.token, "MONDAY_API_URL": self.monday.url, "MONDAY_PLAN": "pro",
            "MONDAY_WEBHOOKS": "1",
            "MAIL_IN_URL": self.mailbox.url(), "MAIL_IN_ADDRESS": "helpdesk+*@chaos.example",
            **dict.fromkeys(("MAIL_IN_SENDER_LIMIT", "MAIL_IN_NEW_LIMIT"), "1000000"),  # a few people write very much
        }  # fmt: skip

    @property
    def address(self) -> str:
        """Where clients ask."""
        assert self.runner is not None
        return f"http://127.0.0.1:{self.runner.port}"

    def inside(self, module: str, *words: str) -> Any:
        """Run a module of ours inside the product; what it printed last, as JSON, and its exit code as `exit`."""
        done = subprocess.run(
            [sys.executable, "-m", f"tests.chaos.{module}", *words], cwd=product.ROOT,
            env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 2):
            raise SystemExit(f"{module}: {done.stdout}{done.stderr}")
        found = json.loads(done.stdout.splitlines()[-1])
        return found | {"exit": done.returncode} if isinstance(found, dict) else found

    def where(self) -> product.Place:
        """The product's state and port."""
        assert self.runner is not None
        return product.Place(self.runner.state, "127.0.0.1", self.runner.port)

    def environment(self) -> dict[str, str]:
        """What the product's own processes see."""
        made = product.environment(self.where(), database=self.database, owner=self.owner, broker=self.broker)
        return made | {"DEMO": "0"} | self.settings()

    # The stores --------------------------------------------------------------------------------------------------

    def _start_stores(self) -> None:
        database, broker = postgres.service(self.state), redis.service(self.state)
        self.stores = {"postgresql": database, "redis": broker}
        self.database, self.owner = postgres.url(self.state), postgres.url(self.state, postgres.OWNER)
        self.broker = redis.url(self.state)
        if self.net:
            self._move_into(self.net, database, broker)
        postgres.start(database)
        redis.start(broker)

    def _move_into(self, net: "Net", database: Service, broker: Service) -> None:
        """The same servers in their own network, reached over its cable."""
        database.command = [*net.prefix, *_as_nobody(database), "-c", f"listen_addresses={net.database}"]
        database.user = None
        broker.command = [
            *net.prefix, *broker.command, "--port", str(REDIS_PORT), "--bind", net.broker, "--protected-mode", "no",
        ]  # fmt: skip
        self.database = f"postgresql://{postgres.APP}@{net.database}:5432/{postgres.DATABASE}"
        self.owner = f"postgresql://{postgres.OWNER}@{net.database}:5432/{postgres.DATABASE}"
        self.broker = f"redis://{net.broker}:{REDIS_PORT}/0"
        _let_in_from(self.state, net.here)

    def crash(self, name: str, *, away: float = 0.0) -> None:
        """Stop a store as a power cut does; start it again after `away` seconds."""
        service = self.stores[name]
        for process in _family(service):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGQUIT if name == "postgresql" else signal.SIGKILL)
        assert service.process is not None
        service.process.wait(30)
        time.sleep(away)
        if name == "postgresql":
            (service.state / "postgres" / "data" / "postmaster.pid").unlink(missing_ok=True)
            service.start()
            postgres.wait(service)
        else:
            redis.start(service)

    def process(self, part: str) -> psutil.Process:
        """The main process of web, worker or scheduler, once the runner has it up."""
        assert self.runner is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
                process = psutil.Process(self.runner.pid_of(part))
                if process.status() != psutil.STATUS_ZOMBIE:
                    return process
            time.sleep(0.05)
        raise SystemExit(f"{part} did not come back:\n{self.runner.output}")


def _as_nobody(database: Service) -> list[str]:
    """`ip netns exec` needs root, PostgreSQL refuses it: step down after entering the network."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", *database.command]


def _family(service: Service) -> list[psutil.Process]:
    """The server itself, whatever stepped aside for it: the postmaster alone, for its children end with it."""
    if service.process is None:
        return []
    return [psutil.Process(service.process.pid)]


def _let_in_from(state: Path, address: str) -> None:
    """PostgreSQL's list of who may come is made with its directory: make it now, then add one line."""
    data = state / "postgres" / "data"
    server = postgres.service(state)
    postgres.start(server)
    server.stop()
    hba = data / "pg_hba.conf"
    hba.write_text(hba.read_text() + f"host all all {address}/32 trust\n")


class Net:
    """A network namespace on a virtual cable; `cut` drops every answer of one address without a word.

    Every stage has one of its own, so that two of them may play at the same time on one machine.
    """

    def __init__(self) -> None:
        self.number = 0

    @staticmethod
    def possible() -> bool:
        """Only root may make networks."""
        return os.geteuid() == 0 and all(shutil.which(name) for name in ("ip", "setpriv"))

    @property
    def name(self) -> str:
        """Of the namespace."""
        return f"kumala-chaos-{self.number}"

    @property
    def prefix(self) -> list[str]:
        """What makes a command run inside."""
        return ["ip", "netns", "exec", self.name]

    @property
    def here(self) -> str:
        """The near end of the cable."""
        return f"10.77.{self.number}.1"

    @property
    def database(self) -> str:
        """Where PostgreSQL listens."""
        return f"10.77.{self.number}.2"

    @property
    def broker(self) -> str:
        """Where Redis listens."""
        return f"10.77.{self.number}.3"

    def start(self) -> None:
        """Two ends, three addresses."""
        self.number = next(number for number in range(1, 255) if _take(f"kumala-chaos-{number}"))
        near, far = f"kumala-near-{self.number}", f"kumala-far-{self.number}"
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", self.name)
        _ip("addr", "add", f"{self.here}/24", "dev", near)
        _ip("link", "set", near, "up")
        for words in (
            ("addr", "add", f"{self.database}/24", "dev", far), ("addr", "add", f"{self.broker}/24", "dev", far),
            ("link", "set", far, "up"), ("link", "set", "lo", "up"),
        ):  # fmt: skip
            _ip("-n", self.name, *words)

    def stop(self) -> None:
        """Nothing of it is left; a killed stage leaves its namespace, and the next takes another number."""
        if self.number:
            subprocess.run(
                ["ip", "link", "del", f"kumala-near-{self.number}"], capture_output=True, check=False
            )
            subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)

    @contextmanager
    def cut(self, address: str) -> Iterator[None]:
        """Requests arrive, answers vanish: the fault that leaves connections half open."""
        rule = ("-n", self.name, "rule")
        _ip(*rule, "add", "from", address, "type", "blackhole", "priority", "10")
        try:
            yield
        finally:
            _ip(*rule, "del", "from", address, "priority", "10")


def _take(name: str) -> bool:
    """Take a namespace of this name; False when somebody else has it."""
    return subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
