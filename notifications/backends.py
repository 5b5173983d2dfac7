"""Mail into a directory: one file per letter, readable on the local mailbox page and by any mail program."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class MailDirectory(BaseEmailBackend):
    """Django's e-mail backend for development and the demo."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write every letter completely or not at all."""
        folder = Path(settings.MAIL_DIR or ".")
        folder.mkdir(parents=True, exist_ok=True)
        for letter in email_messages:
            name = f"{time.time_ns()}-{os.getpid()}"
            (folder / f".{name}").write_bytes(letter.message().as_bytes())
            (folder / f".{name}").replace(folder / f"{name}.eml")
        return len(email_messages)

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002 - as Django calls it
        super().__init__(fail_silently=fail_silently)
