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
    """Notice machines that have fallen silent."""
    actions.look_after()
