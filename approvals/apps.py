"""Approvals as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Approvals(AppConfig):
    """Forms, decisions, signatures, documents."""

    name = "approvals"
    verbose_name = _("Approvals")
