"""docker-compose.yml, Dockerfile and .env.example, as far as they can be checked without an engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kumala_itsm.local import machine, product

ROOT = product.ROOT
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# What belongs to one machine and must differ between a laptop and an installation.
OF_THE_PLACE = {"--bind", "--chdir", "--workdir", "--hostname", "--schedule", "--worker-tmp-dir"}


def _command(name: str, words: list[str]) -> dict[str, str]:
    """A command line as option -> value, without the program that starts it and without what is of the place."""
    words = words[words.index("-m") + 1 :]
    pairs = {}
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--") and word not in OF_THE_PLACE:
            pairs[word] = "" if after.startswith("--") else after
        elif not word.startswith("-") and word in ("gunicorn", "celery", "worker", "beat"):
            pairs[word] = ""
    return pairs


def test_every_part_is_there() -> None:
    assert set(SERVICES) == {"proxy", "web", "worker", "scheduler", "migrate", "postgres", "redis"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_part_runs_as_root(name: str) -> None:
    service = SERVICES[name]
    assert str(service["user"]).split(":")[0] not in ("", "0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_lasting_part_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if name == "migrate":
        assert check == {"disable": True}
    else:
        assert check["test"][0] == "CMD"
        assert check["retries"] >= 3


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_every_volume_is_declared_and_used() -> None:
    named = {
        v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if not v.startswith(".")
    }
    assert named == set(COMPOSE["volumes"])


def test_every_mounted_file_is_in_the_repository() -> None:
    mounted = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if v.startswith(".")]
    assert mounted
    assert [file for file in mounted if not (ROOT / file).exists()] == []


def test_redis_keeps_what_it_accepted() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--appendonly") + 1] == "yes"


def test_the_product_does_not_run_as_the_owner_of_its_tables() -> None:
    for name in ("web", "worker", "scheduler"):
        assert SERVICES[name]["environment"]["DATABASE_URL"].startswith("postgresql://kumala:")
    assert SERVICES["migrate"]["environment"]["DATABASE_URL"].startswith("postgresql://kumala_owner:")


def test_the_others_wait_for_the_migration() -> None:
    for name in ("web", "worker", "scheduler"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_commands_are_those_of_make_up(tmp_path: Path) -> None:
    local = {s.name: s.command for s in product.services(product.Place(tmp_path, "127.0.0.1", 8000), {})}
    web = yaml.safe_load(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[0])
    assert _command("web", web) == _command("web", local["web"])
    for name in ("worker", "scheduler"):
        assert _command(name, SERVICES[name]["command"]) == _command(name, local[name])


def test_migration_steps_are_those_of_make_up() -> None:
    steps = re.findall(r"manage\.py (\w+)", SERVICES["migrate"]["command"][-1])
    source = (ROOT / "kumala_itsm" / "local" / "ready.py").read_text()
    assert steps == ["migrate", "createcachetable", "grant_app_role"]
    assert [step for step in steps if f'"{step}"' not in source] == []


def test_image_installs_what_make_installs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "--require-hashes --requirement requirements/production.txt" in DOCKERFILE
    assert "--require-hashes --requirement requirements/run.txt" in makefile
    production = set(
        re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements/production.txt").read_text(), re.MULTILINE)
    )
    assert production <= set(
        re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE)
    )
    assert "npm ci" in DOCKERFILE
    assert "npm ci" in makefile


def test_image_has_the_libraries_that_make_up_asks_for() -> None:

    wanted = (*machine.LIBRARIES.values(), *machine.FONTS.values())
    assert [package for package in wanted if package not in DOCKERFILE] == []


def test_image_runs_as_an_own_user_to_the_end() -> None:
    stages = DOCKERFILE.split("\nFROM ")[1:]
    for stage in stages:
        if not re.search(
            r" AS (front|database)\n", stage
        ):  # files are taken from these two; nothing of them runs
            assert re.findall(r"^USER (\d+)", stage, re.MULTILINE)[-1] != "0"


def _example_names() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_compose_asks_only_for_variables_that_the_example_explains() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked <= _example_names()


def test_compose_hands_every_explained_variable_on() -> None:
    """What stands in the example uncommented is for this shape: typed there, it must reach the product."""
    explained = set(re.findall(r"^([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert explained <= asked


def test_example_names_exactly_what_is_read() -> None:
    read = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    for source in [ROOT / "kumala_itsm/settings.py", *(ROOT / "kumala_itsm/local").glob("*.py")]:
        read |= set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source.read_text()))
        read |= set(re.findall(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"", source.read_text()))
        read |= set(re.findall(r"env(?:\.get\(|\[)[\"']([A-Z_]+)[\"']", source.read_text()))
    assert read - {"PATH", "SECRET_KEY_FILE", "SIGNING_KEY_FILE"} == _example_names()
