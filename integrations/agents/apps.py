"""The agents as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Agents(AppConfig):
    """Reports of inventory agents."""

    name = "integrations.agents"
    label = "agents"
    verbose_name = _("Inventory agents")
