"""The foundation as a Django app."""

from django.apps import AppConfig


class Core(AppConfig):
    """Shared parts; no business word."""

    name = "core"
