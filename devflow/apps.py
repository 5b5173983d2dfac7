"""Development as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Devflow(AppConfig):
    """Trial, Training, Production."""

    name = "devflow"
    verbose_name = _("Development")
