"""Django's administration as an app, with our site in the place of its own."""

from django.contrib.admin.apps import AdminConfig


class Administration(AdminConfig):
    """Named in INSTALLED_APPS instead of `django.contrib.admin`."""

    default_site = "core.admin.Site"
