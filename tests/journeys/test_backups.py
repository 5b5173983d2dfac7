"""SOP-B4.4.2 and SOP-A4 in the browser: onto the register, proved, and restored over its source by two words."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Person
from tests.running.runner import Runner

pytestmark = pytest.mark.running


def test_from_the_register_to_a_restore_by_two(people: Any, product: Runner, tmp_path: Path) -> None:
    """The IT Manager adds a directory and its policy, a backup and a drill run, and a mistake is put right by two."""
    documents, store = tmp_path / "documents", tmp_path / "store"
    documents.mkdir()
    letter = documents / "surat.txt"
    letter.write_text("isi yang benar\n")
    manager, keeper = people("it.manager"), people("db.manager", phone=True)
    _adds_a_repository(manager, store)
    _adds_a_target(manager, documents)
    _adds_a_policy(manager)
    target = manager.page.url
    _runs(manager, "backup")
    backup = manager.page.url
    manager.page.goto(target)
    _runs(manager, "drill")
    _stands_on_the_register(manager)
    letter.write_text("tertimpa karena salah\n")
    manager.page.goto(f"{backup}restore/")
    manager.page.locator('[name="over_source"][value="over"]').check()
    manager.fill(reason="Tertimpa karena salah.")
    manager.page.locator('button[name="plan"]').click()
    # It says what would be replaced, before it is.
    expect(manager.page.locator(".tag.tone-brick")).to_be_visible()
    assert letter.read_text() == "tertimpa karena salah\n"
    manager.send("form[novalidate] .form-actions button.btn-primary")
    restore = manager.page.url
    assert letter.read_text() == "tertimpa karena salah\n"  # one word is not enough
    keeper.page.goto(restore)
    keeper.page.locator("a.btn-danger").click()
    keeper.send()
    run = keeper.page.locator('a[href*="/backups/runs/"]')
    _ends(keeper, run.click)
    assert letter.read_text() == "isi yang benar\n"
    keeper.go(restore)
    expect(keeper.page.locator("main .tag.tone-jade").first).to_be_visible()


def _adds_a_repository(manager: Person, store: Path) -> None:
    manager.go("/backups/repositories/new/")
    manager.fill(name="Server kedua", path=str(store))
    _choose(manager, kind="local")
    manager.send()


def _adds_a_target(manager: Person, documents: Path) -> None:
    manager.go("/backups/targets/new/")
    manager.fill(name="Surat-surat", path=str(documents))
    _choose(manager, kind="directory")
    manager.page.locator('[name="branch"]').select_option(index=1)
    manager.send()


def _adds_a_policy(manager: Person) -> None:
    manager.page.locator('a[href$="/policy/"]').click()
    manager.page.locator('[name="repository"]').select_option(label="Server kedua")
    manager.fill(at="02:00")
    _choose(manager, rhythm="daily")
    manager.send()
    # The same machine: refused without a reason (SOP-B4.4.2).
    manager.page.locator(".notice, .errorlist, [role=alert]").first.wait_for()
    manager.fill(reason="Mesin kedua datang bulan depan.")
    manager.send()
    manager.sees("Mesin kedua datang bulan depan.")


def _stands_on_the_register(manager: Person) -> None:
    """What is backed up, where to, and that it was proved: still red, for the copy lies on the same machine."""
    manager.go("/backups/")
    line = manager.page.locator("main tr, main li").filter(has_text="Surat-surat").first
    expect(line).to_contain_text("Server kedua")


def _choose(person: Person, **fields: str) -> None:
    """By the value, which does not change with the language."""
    for name, value in fields.items():
        person.page.locator(f'main select[name="{name}"]').select_option(value=value)


def _runs(person: Person, kind: str) -> None:
    person.page.locator(f'a[href$="/run-{kind}/"]').click()
    person.send()
    _ends(person, lambda: None)


def _ends(person: Person, first: Any) -> None:
    """The page renews itself until the run has ended."""
    first()
    expect(person.page.locator("#run-state .tag.tone-jade")).to_be_visible(timeout=180_000)
