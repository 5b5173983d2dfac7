"""The product's own settings, and a subscriber that poisons. `CHAOS_LEASE` (seconds) makes its victims hurry."""

import os

from kumala_itsm.settings import *  # noqa: F403 - the very same settings
from kumala_itsm.settings import CELERY_TASK_ANNOTATIONS as _TASKS
from kumala_itsm.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.chaos.poison"]
if _lease := float(os.environ.get("CHAOS_LEASE", "0")):
    _limits = {"soft_time_limit": _lease * 1.5, "time_limit": _lease * 2.25}  # as 20, 30 and 45 seconds
    CELERY_TASK_ANNOTATIONS = dict.fromkeys(_TASKS, _limits)
