"""Letters as mail programs write them, and as nobody should."""

import base64
import itertools
from email.message import EmailMessage
from typing import Any

from notifications import threads
from tickets.models import Ticket

HELPDESK = "helpdesk@kumala.example"
_number = itertools.count(1)


def letter(
    sender: Any = "sari@elsewhere.example", text: str = "The printer smokes.", *, subject: str = "Printer",
    html: str = "", files: tuple[tuple[str, str, bytes], ...] = (), **headers: str,
) -> bytes:  # fmt: skip
    """An ordinary letter; `sender` is an address or a person, `headers` are written with _ for -."""
    made = EmailMessage()
    made["From"] = sender if isinstance(sender, str) else f"{sender.name} <{sender.email}>"
    made["To"] = headers.pop("To", HELPDESK)
    made["Subject"] = subject
    made["Date"] = "Sat, 21 Nov 2026 08:00:00 +0700"
    made["Message-ID"] = headers.pop("Message_ID", f"<{next(_number)}@elsewhere.example>")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        made.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


def raw(head: str, body: bytes = b"", *, sender: Any = "sari@elsewhere.example") -> bytes:
    """A letter byte by byte: headers in ASCII or in whatever `head` holds (latin-1), then the body as it is."""
    address = sender if isinstance(sender, str) else sender.email
    start = f"From: {address}\nMessage-ID: <{next(_number)}@elsewhere.example>\n{head.strip()}\n\n"
    return start.encode("latin-1") + body


def part(head: str, body: bytes) -> bytes:
    """One part of a multipart letter with the boundary "b"."""
    return b"--b\n" + head.strip().encode("latin-1") + b"\n\n" + body + b"\n"


def mixed(
    *parts: bytes, kind: str = "mixed", head: str = "Subject: Parts", sender: Any = "sari@elsewhere.example"
) -> bytes:
    """A multipart letter."""
    content = f"{head}\nMIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=b"
    return raw(content, b"".join(parts) + b"--b--\n", sender=sender)


def in_base64(content: bytes) -> bytes:
    """As mail programs write files."""
    return base64.encodebytes(content)


def mark(ticket: Ticket, person: Any) -> str:
    """What stands in the letters that this person got about the ticket."""
    return threads.Thread("tickets.ticket", ticket.pk, person.pk).mark


def our_id(ticket: Ticket, person: Any, number: int = 17) -> str:
    """The Message-ID of a letter of ours to this person."""
    return threads.message_id(
        f"notification.{number}", threads.Thread("tickets.ticket", ticket.pk, person.pk)
    )


def answer(ticket: Ticket, person: Any, text: str = "It is the second floor.", **facts: Any) -> bytes:
    """The person answers a letter that they got about the ticket."""
    facts = {"In_Reply_To": our_id(ticket, person), "subject": "Re: your request", **facts}
    return letter(person, text, **facts)


def bounce(original: str, address: str = "gone@kumala.example", *, action: str = "failed") -> bytes:
    """A mail server says that the letter with this Message-ID was not delivered (RFC 3464)."""
    return mixed(
        part("Content-Type: text/plain", b"Your message could not be delivered."),
        part(
            "Content-Type: message/delivery-status",
            f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {address}\nAction: {action}\n"
            f"Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user".encode(),
        ),
        part("Content-Type: text/rfc822-headers", f"Message-ID: {original}\nSubject: x".encode()),
        kind="report; report-type=delivery-status", head="Subject: Undelivered\nReturn-Path: <>",
        sender="MAILER-DAEMON@mx.example",
    )  # fmt: skip


def unfolded(header: object) -> str:
    """A header of a letter of ours as one line."""
    return " ".join(str(header).split())
