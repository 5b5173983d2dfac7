"""People with browsers: what a person does, by the names and addresses that do not change with the language."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Response, expect

from kumala_itsm.local.product import DEMO_PASSWORD

# Without its habit of calling home Chromium starts faster and asks a closed network for nothing.
CHROMIUM: dict[str, Any] = {
    "executable_path": "/usr/bin/chromium",
    "args": [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
    ],
}  # fmt: skip
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 780}
PATIENCE = 60_000  # milliseconds until a worker has done its part


class Person:
    """Somebody at a desk or with a phone. Errors in the console are collected: there should be none."""

    def __init__(self, name: str, browser: Browser, base: str, *, phone: bool) -> None:
        self.email = f"{name}@kumala.example"
        self.base = base
        self.errors: list[str] = []
        self._context = browser.new_context(
            viewport=PHONE if phone else DESK, device_scale_factor=2 if phone else 1, has_touch=phone
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda problem: self.errors.append(f"{name}: {problem}"))

    def _note(self, message: Any) -> None:
        # Refusals are answered with 409 and 422; Chromium reports every such status as an error.
        if message.type == "error" and not re.search(r"status of 4(09|22)", message.text):
            self.errors.append(f"{self.email} {self.page.url}: {message.text}")

    def sign_in(self, password: str = DEMO_PASSWORD) -> "Person":
        """By e-mail and password."""
        self.go("/account/login/")
        self.page.fill("[name=login]", self.email)
        self.page.fill("[name=password]", password)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(f"{self.base}/", timeout=PATIENCE)
        return self

    def go(self, path: str) -> Response | None:
        """Open an address of the product."""
        return self.page.goto(path if path.startswith("http") else self.base + path)

    def follow(self, ending: str) -> None:
        """Click the link on this page whose address ends so."""
        self.page.locator(f'main a[href$="{ending}"]').first.click()
        self.page.wait_for_load_state()

    def fill(self, **fields: str) -> None:
        """Type into fields of the page's form, choose in lists, tick cards."""
        for name, value in fields.items():
            self._set(self.page.locator(f'main form [name="{name}"]:not([type=hidden])'), value)

    def _set(self, field: Locator, value: str) -> None:
        kind = field.first.get_attribute("type")
        if kind == "radio":
            field.locator(f'xpath=self::*[@value="{value}"]').check(force=True)
        elif field.first.evaluate("e => e.tagName") == "SELECT":
            field.first.select_option(label=value) if value else field.first.select_option(index=1)
        else:
            field.first.fill(value)

    def send(self, button: str = "form[novalidate] .form-actions button") -> None:
        """Press the form's button and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.locator(f"main {button}").first.click()

    def sees(self, text: str | re.Pattern[str]) -> None:
        """The text appears on the page, at once or soon."""
        expect(self.page.locator("body")).to_contain_text(text, timeout=PATIENCE)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """A picture for the manual; `whole`: on a screen as long as the page, so that fixed bars stay at its end."""
        self.page.wait_for_load_state("networkidle")
        size = self.page.viewport_size
        assert size is not None
        if whole:
            height = int(self.page.evaluate("document.documentElement.scrollHeight"))
            self.page.set_viewport_size({"width": size["width"], "height": height})
        self.page.screenshot(path=path, animations="disabled")
        self.page.set_viewport_size(size)

    def was_told(self, words: str) -> None:
        """A message with these words stands behind the bell."""
        self.go("/notifications/")
        self.sees(words)

    def leave(self) -> None:
        """Close the browser."""
        self._context.close()
