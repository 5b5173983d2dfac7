"""Sweeps of the documents."""

from typing import Any

from celery import shared_task

from approvals import actions


@shared_task(name="approvals.render_documents")
def render_documents(**_: Any) -> None:
    """Make the PDFs that are due: papers layer by layer, then case files."""
    actions.render_documents()
    actions.make_case_files()


@shared_task(name="approvals.stamp_documents")
def stamp_documents(**_: Any) -> None:
    """Put time stamps on what was signed while no authority answered; keep the list of revocations young."""
    actions.stamp_documents()
    actions.publish_revocations()


@shared_task(name="approvals.look_after")
def look_after(**_: Any) -> None:
    """Remind, end what has run out of time, notice roles that nobody holds."""
    actions.look_after()


@shared_task(name="approvals.gather")
def gather(**_: Any) -> None:
    """The letter of the day for Director and Board."""
    actions.gather()
