"""Backups as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Backups(AppConfig):
    """Copies elsewhere, proved by restoring them."""

    name = "backups"
    verbose_name = _("Backups")
