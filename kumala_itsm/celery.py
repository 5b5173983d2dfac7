"""The Celery application: a doorbell, never a ledger.

Whatever must not be lost is a row in PostgreSQL; a message only says "look now". The broker options close the
silent half-open connection that leaves workers deaf for a minute and a half without `socket_timeout`.
"""

import os

from celery import Celery
from celery.signals import worker_process_init

from kumala_itsm.doorman import Doorman
from kumala_itsm.forks import let_go
from kumala_itsm.waker import Waker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")

app = Celery("kumala_itsm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(Waker)
app.steps["worker"].add(Doorman)
worker_process_init.connect(let_go)
