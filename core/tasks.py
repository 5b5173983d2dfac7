"""Sweeps of the foundation."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.models import IdempotencyKey


@shared_task(name="core.tidy")
def tidy(**_: Any) -> None:
    """Forget ended sessions and idempotency keys older than a week."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    IdempotencyKey.objects.filter(created_at__lt=now - timedelta(days=7)).delete()
