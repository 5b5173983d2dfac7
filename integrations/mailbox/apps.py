"""The mailbox as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Mailbox(AppConfig):
    """Letters that come in."""

    name = "integrations.mailbox"
    label = "mailbox"
    verbose_name = _("Incoming e-mail")
