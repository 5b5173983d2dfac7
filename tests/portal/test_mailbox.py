"""The mailbox of the demo: what the worker wrote to a directory, as a person opens it."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from notifications.backends import MailDirectory
from tests.cast import Cast


def _write(to: str) -> None:
    letter = EmailMessage("A form waits", "Read it: http://127.0.0.1:8000/approvals/1/", to=[to])
    MailDirectory().send_messages([letter])


@pytest.mark.django_db
def test_a_letter_as_the_worker_writes_it_is_listed_and_opened(
    cast: Cast, client: Client, settings: Any
) -> None:
    settings.DEMO = True
    _write(cast.requester.email)
    client.force_login(cast.requester, settings.AUTHENTICATION_BACKENDS[0])
    listed = client.get("/mailbox/")
    assert listed.status_code == 200
    assert b"A form waits" in listed.content
    (path,) = Path(settings.MAIL_DIR).glob("*.eml")
    opened = client.get(f"/mailbox/{path.stem}/")
    assert opened.status_code == 200
    assert b"/approvals/1/" in opened.content
