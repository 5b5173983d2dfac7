"""Messages as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class Notifications(AppConfig):
    """The bell and the letters."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Import the rooms in which the apps above say how their news read as letters."""
        autodiscover_modules("letters")
