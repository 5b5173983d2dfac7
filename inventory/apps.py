"""Inventory as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Inventory(AppConfig):
    """Assets, stock-takes, maintenance."""

    name = "inventory"
    verbose_name = _("Inventory")
