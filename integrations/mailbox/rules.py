"""Who may decide on letters, and which letters no person waits for (RFC 3834, RFC 3464)."""

from typing import Any

from accounts.enums import IT_STAFF
from core.rules import rule
from integrations.mailbox import text


@rule()
def is_head_office_it(message: Any, user: Any) -> bool:
    """IT staff of the whole group: who wrote is not known yet, so neither is the branch (SOP-A1)."""
    return bool(user.holds(*IT_STAFF))


@rule()
def is_reader(message: Any, user: Any) -> bool:
    """The program that reads the letters."""
    return bool(user.is_robot)


# A letter (`reading.Letter`) that must not be answered, whoever it is from ----------------------------------------


@rule()
def is_automatic(letter: Any) -> bool:
    """A program says that it wrote: RFC 3834, Exchange's word for it, older habits, or no return address."""
    said = letter.marks
    submitted = said.get("auto-submitted", "no").partition(";")[0].strip().lower()
    suppressed = {word.strip().lower() for word in said.get("x-auto-response-suppress", "").split(",")}
    old_ways = {"x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply"} & set(said)
    return bool(
        submitted not in ("", "no")
        or "all" in suppressed
        or old_ways
        or said.get("precedence", "").strip().lower() == "auto_reply"
        or said.get("return-path", "").strip() == "<>"
    )


@rule()
def is_bulk(letter: Any) -> bool:
    """One letter for many, as its program says."""
    return letter.marks.get("precedence", "").strip().lower() in ("bulk", "junk")


@rule()
def is_listed(letter: Any) -> bool:
    """It came through a mailing list or a group (RFC 2919, RFC 2369), or is an advertisement that one can leave."""
    said = letter.marks
    through = said.get("precedence", "").strip().lower() == "list"
    return through or bool({"list-id", "list-unsubscribe", "list-post"} & set(said))


@rule()
def is_absence(letter: Any) -> bool:
    """Its subject is what mail programs write for somebody who is away, whether or not they mark it as they should."""
    return text.says_absence(letter.subject, is_reply=bool(letter.replies_to.strip()))


@rule()
def is_bounce(letter: Any) -> bool:
    """A report of a mail server on a letter (RFC 3464)."""
    return letter.report is not None
