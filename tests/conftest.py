"""The strict house: no network, warnings are errors, random order, undefined template variables fail, and everything
happens in PostgreSQL as the role that the product runs as.
"""

import io
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django.fixtures
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.template import engines
from django.test import Client, TransactionTestCase
from django.utils import translation
from playwright.sync_api import Browser, sync_playwright

pytest.register_assert_rewrite("tests.harness", "tests.stages")

from tests.cast import Cast  # noqa: E402 - asserts of the harness explain themselves only when registered before
from tests.harness import database, network, template, undefined  # noqa: E402
from tests.harness.browser import CHROMIUM  # noqa: E402
from tests.harness.clock import Clock  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported: what differs from an installation."""
    config.addinivalue_line("filterwarnings", "error")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "whitenoise" not in m]
    settings.DOORBELL = False
    settings.SIGNING_FACTOR_REQUIRED = (
        False  # as in the demo; tests/approvals/test_signing.py tries the other way
    )
    # Playwright keeps a loop in this thread; queries beside it are as synchronous as ever.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    # A module may share one world and mark none of its tests; the database is made all the same.
    pytest_django.fixtures._get_databases_for_setup = lambda items: ({"default"}, set())
    TransactionTestCase._fixture_teardown = lambda self: database.empty()  # type: ignore[method-assign]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: those that start whole products, then those of many tests.

    One that begins last leaves the other process with nothing to do.
    """
    many = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.get_closest_marker("running") is None, -many[item.path]))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: Any) -> None:
    """Tables as the last run made them, where no migration has changed since."""
    with django_db_blocker.unblock():
        template.offer()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database belongs to the owner; the product's role gets what it gets in production."""
    with django_db_blocker.unblock():
        template.keep()
        database.make_role()
        call_command("grant_app_role", database.APP, stdout=io.StringIO())
    yield
    # A thread of the live server may still hold its connection; the database could not be dropped then.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _as_the_product(request: pytest.FixtureRequest) -> None:
    """Tests act with the product's privileges: what they may not do, the product may not do."""
    if {"db", "cast", "client"} & set(request.fixturenames) and not database.is_transactional(request):
        request.getfixturevalue("db")
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {database.APP}")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Nothing leaves this machine."""
    with network.loopback_only():
        yield


@pytest.fixture(scope="session", autouse=True)
def _strict_templates() -> None:
    """A variable that does not exist is a mistake, not an empty place."""
    engines["django"].engine.string_if_invalid = undefined.Undefined()


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BACKUP_HOME = tmp_path / "backups"
    settings.MAIL_DIR = tmp_path / "mail"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Sentences are compared as they stand in the code; pages speak the language of their reader."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One real browser for all tests; every person gets a profile of their own in it."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(**CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Time stands still and moves when told: `clock.forward(hours=2)`."""
    with Clock() as running:
        yield running


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody, made when first named: `cast.requester`, `cast["it_manager"]`."""
    return Cast()


@pytest.fixture
def sentinel() -> Iterator[network.Sentinel]:
    """A listener on this machine that should hear nothing."""
    with network.Sentinel() as listening:
        yield listening


@pytest.fixture
def page(cast: Cast) -> Any:
    """A browser of somebody: `page(cast.agent).get("/")`."""

    def signed_in(person: Any = None) -> Client:
        browser = Client()
        if person is not None:
            browser.force_login(person)
        return browser

    return signed_in
