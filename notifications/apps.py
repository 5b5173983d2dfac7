"""Messages as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Notifications(AppConfig):
    """The bell and the letters."""

    name = "notifications"
    verbose_name = _("Notifications")
