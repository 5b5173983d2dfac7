"""A mailbox, real or straight into the database."""

import io
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from integrations.mailbox import actions
from integrations.mailbox.models import Message
from tests.fakes.dovecot import Dovecot
from tests.mailbox.letters import HELPDESK

Receive = Callable[..., Message]


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.MAIL_IN_ADDRESS = HELPDESK.replace("@", "+*@")


@pytest.fixture
def receive(db: None) -> Receive:
    """A letter comes in and is placed: what became of it."""

    def received(raw: bytes, *, at: datetime | None = None, **facts: Any) -> Message:
        message, _new = actions.keep(
            raw=io.BytesIO(raw), mailbox="test", received_at=at or timezone.now(), **facts
        )
        actions.settle(most_seconds=60)
        return Message.objects.with_list_columns().get(pk=message.pk)

    return received


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A real IMAP server."""
    with tempfile.TemporaryDirectory(prefix="kumala-dovecot-") as place:
        server = Dovecot(Path(place))
        try:
            yield server.start()
        finally:
            server.stop()
