"""The portal as a Django app."""

from django.apps import AppConfig


class Portal(AppConfig):
    """Home pages."""

    name = "portal"
