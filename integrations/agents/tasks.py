"""Reading what agents sent, and noticing who sends nothing."""

from typing import Any

from celery import shared_task

from integrations.agents import actions


@shared_task(name="agents.settle")
def settle(**_: Any) -> None:
    """Read the reports that wait."""
    actions.settle()


@shared_task(name="agents.look_after")
def look_after(**_: Any) -> None:
    """Notice machines that have fallen silent, tell of what waits and of what became wrong, forget old raw reports."""
    actions.look_after()
    actions.tell_waiting()
    actions.tell_weakened()
    actions.forget_raw()
