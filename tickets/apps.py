"""Tickets as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Tickets(AppConfig):
    """Requests of the branches."""

    name = "tickets"
    verbose_name = _("Tickets")
