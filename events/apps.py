"""The ledger as a Django app; finds the vocabulary and the subscribers of all apps."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Events(AppConfig):
    """Collects `enums` and `subscribers` of every installed app."""

    name = "events"

    def ready(self) -> None:
        """Import the rooms whose decorators fill the registry."""
        autodiscover_modules("enums", "subscribers")
