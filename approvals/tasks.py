"""Sweeps of the documents."""

from typing import Any

from celery import shared_task

from approvals import actions


@shared_task(name="approvals.render_documents")
def render_documents(**_: Any) -> None:
    """Make the PDFs that are due."""
    actions.render_documents()
