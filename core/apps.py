"""The foundation as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from core import secrets


class Core(AppConfig):
    """Shared parts; no business word."""

    name = "core"

    def ready(self) -> None:
        """Commands that check the settings, `migrate` before all, refuse as well to start without the key."""
        checks.register(_has_its_key, checks.Tags.security)


def _has_its_key(**_: Any) -> list[checks.CheckMessage]:
    try:
        secrets.require()
    except ImproperlyConfigured as problem:
        return [checks.Error(str(problem), id="core.E001")]
    return []
