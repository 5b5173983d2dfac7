"""The foundation as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from core import secrets, slot


class Core(AppConfig):
    """Shared parts; no business word."""

    name = "core"

    def ready(self) -> None:
        """Commands that check the settings, `migrate` before all, refuse as well to start without the keys."""
        checks.register(_has_its_keys, checks.Tags.security)


def _has_its_keys(**_: Any) -> list[checks.CheckMessage]:
    try:
        secrets.require()
        slot.require()
    except ImproperlyConfigured as problem:
        return [checks.Error(str(problem), id="core.E001")]
    return []
