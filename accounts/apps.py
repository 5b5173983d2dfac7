"""People as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Accounts(AppConfig):
    """People, branches, roles, substitutes, robots, tokens."""

    name = "accounts"
    verbose_name = _("People")
