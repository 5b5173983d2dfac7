"""The mirror on monday.com as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Monday(AppConfig):
    """Items on a board, as our requests are."""

    name = "integrations.monday"
    label = "monday"
    verbose_name = _("monday.com")
