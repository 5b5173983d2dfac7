"""Promises as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Clocks(AppConfig):
    """SLA clocks."""

    name = "clocks"
    verbose_name = _("Clocks")
