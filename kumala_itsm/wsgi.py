"""The WSGI application that gunicorn serves."""

import gc
import os
from contextlib import suppress
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.utils import translation

from core import secrets, slot

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")


def warm() -> None:
    """Load what every process would load with its first requests: addresses, both languages, our templates.

    gunicorn does it once and forks (--preload): what is there now is shared by all web processes, and frozen it stays
    shared, for the garbage collector no longer writes to it.
    """
    import_module(settings.ROOT_URLCONF)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Home")
    place = settings.ROOT / "templates"
    for path in sorted(place.rglob("*.html")):
        with suppress(TemplateDoesNotExist, TemplateSyntaxError):
            get_template(path.relative_to(place).as_posix())
    gc.collect()
    gc.freeze()


application = get_wsgi_application()
secrets.require()
slot.require()
warm()
