"""Sweeps of tickets."""

from typing import Any

from celery import shared_task

from tickets import actions


@shared_task(name="tickets.tidy")
def tidy(**_: Any) -> None:
    """Forget who had which ticket open a minute ago; see that every test has its clock."""
    actions.forget_presences()
    actions.watch_tests()
