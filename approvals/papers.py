"""What stands on the papers of a form, and in the picture of a signature. Reads; makes PDFs; writes nothing."""

import base64
from collections.abc import Iterable
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Confirmation, User
from approvals.enums import Layer, Level, Outcome
from approvals.models import Approval, Decision, Document, Edition, Sealing, Step
from core import files, pdf, thumbnails
from events.models import Event, word
from notifications.models import Notification

HOUSE = "Kumala ITSM"
FIELD, EXTRA = "Signature", "Further"  # fields with a place on the paper, and those without


def form(document: Document, submitted: Edition, code: str) -> pdf.Paper:
    """The form as it was submitted, with a place for each signature that its policy asks for."""
    template = f"pdf/{document.approval.kind}.html"
    return pdf.draw(template, of_form(document, submitted, code), language=document.language)


def certificate(document: Document, submitted: Edition) -> pdf.Paper:
    """Every step from the draft to the end: who, for whom, when, by which proof, from where, over which bytes."""
    return pdf.draw("pdf/audit.html", of_certificate(document, submitted), language=document.language)


def of_form(document: Document, submitted: Edition, code: str) -> dict[str, Any]:
    """What stands on the form."""
    steps = list(document.approval.steps.filter(edition=submitted.number).order_by("position"))
    return _base(document, submitted, code) | {
        "content": _with_pictures(submitted.content), "steps": _steps(steps), "boxes": _boxes(steps)
    }  # fmt: skip


def _with_pictures(content: dict[str, Any]) -> dict[str, Any]:
    """The evidence of a test, or of a condition, stands small beside its hash; the form holds names and hashes."""
    if "lines" in content:
        seen = [
            line | {"photos": _drawn(line.get("photos", ())), "looks": word("condition", line["condition"])}
            for line in content["lines"]
        ]
        return content | {"lines": seen, "happens": word("direction", content["direction"])}
    if "scenarios" not in content:
        return content
    tested = [
        scenario | {"evidence": _drawn(scenario.get("evidence", ()))} for scenario in content["scenarios"]
    ]
    return content | {"scenarios": tested}


def _drawn(evidence: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [file | {"picture": _small(file["sha256"])} for file in evidence]


def _small(sha256: str) -> str:
    made = thumbnails.of(sha256, files.path_of(sha256))
    return _inside(thumbnails.CONTENT_TYPE, made.read_bytes()) if made else ""


def _inside(content_type: str, content: bytes) -> str:
    """An address that holds the picture itself: nothing is fetched for a paper. Empty for no picture."""
    return f"data:{content_type};base64,{base64.b64encode(content).decode()}" if content else ""


def of_certificate(document: Document, submitted: Edition) -> dict[str, Any]:
    """What stands on the certificate."""
    approval = document.approval
    happened = list(
        Event.objects.about(approval.case).filter(facts__approval=approval.pk).with_list_columns()
    )
    decisions = approval.decisions.filter(edition=submitted.number)
    decisions = decisions.select_related("decided_by", "on_behalf_of", "signature", "step").order_by("pk")
    layers = document.sealings.made().select_related("decision__decided_by").order_by("pk")
    made = list(layers.filter(edition=submitted.number))
    code = next((one.code for one in made if one.layer == Layer.FORM), "")
    return _base(document, submitted, code) | {
        "happened": happened, "decisions": [_shown(one) | {"proof": _proof(one)} for one in decisions],
        "layers": _layers(made), "read": _read(happened),
    }  # fmt: skip


def ink(decision: Decision, *, language: str) -> bytes:
    """The picture of one signature: a PDF of the size of its place."""
    return pdf.draw("pdf/ink.html", _shown(decision), language=language).content


def reason(decision: Decision) -> str:
    """Why somebody signed, in the words that readers of PDFs show."""
    said = {"number": decision.approval.number, "who": decision.who}
    if decision.outcome == Outcome.APPROVE:
        return _("%(who)s approves %(number)s") % said
    return _("%(who)s decides on %(number)s") % said


def shown(approval: Approval) -> list[dict[str, Any]]:
    """Every decision on a form with its signature as a `data:` address, oldest first."""
    rows = approval.decisions.select_related("decided_by", "on_behalf_of", "signature", "step").order_by("pk")
    return [_shown(decision) for decision in rows]


def address(code: str) -> str:
    """Where the paper with this code can be checked."""
    return settings.BASE_URL + reverse("verify:code", args=[code])


def _base(document: Document, submitted: Edition, code: str) -> dict[str, Any]:
    place = address(code)
    return {
        "approval": document.approval,
        "edition": submitted,
        "title": submitted.title,
        "number": document.approval.number,
        "mark": submitted.content_hash,
        "level": Level(document.level).label,
        "certified": document.level == Level.CERTIFIED,
        "address": place,
        "qr": segno.make(place, error="m").svg_data_uri(border=0),
    }


def _shown(decision: Decision) -> dict[str, Any]:
    signature = getattr(decision, "signature", None)
    image = bytes(signature.image) if signature else b""
    return {
        "decision": decision,
        "signature": signature,
        "drawing": _inside("image/png", image),
    }


def _proof(decision: Decision) -> Confirmation | None:
    """By what somebody confirmed a decision that bears no signature: a refusal, or that it was sent back."""
    if hasattr(decision, "signature"):
        return None
    tries = Confirmation.objects.filter(user=decision.decided_by_id, about=decision.content_hash, refusal="")
    return tries.filter(tried_at__lte=decision.decided_at).order_by("-tried_at", "-pk").first()


def _steps(steps: list[Step]) -> list[dict[str, Any]]:
    return [
        {"who": _asked(step), "needed": step.needed, "quorum": step.get_quorum_display()} for step in steps
    ]


def _boxes(steps: list[Step]) -> list[dict[str, str]]:
    """One for each approval that is needed, in the order in which they are given."""
    labels = [_asked(step) for step in steps for _n in range(step.needed)]
    return [{"id": f"{FIELD}{n}", "label": label} for n, label in enumerate(labels, start=1)]


def _asked(step: Step) -> str:
    names = User.objects.filter(pk__in=step.people).order_by("name").values_list("name", flat=True)
    return ", ".join(part for part in (str(step), *names) if part) if step.people else str(step)


def _layers(made: list[Sealing]) -> list[dict[str, Any]]:
    """Each layer of the paper with its hash and that of the bytes before it."""
    before = ["", *(one.sha256 for one in made)]
    return [{"layer": one, "before": last} for one, last in zip(made, before, strict=False)]


def _read(happened: list[Event]) -> list[Notification]:
    """Who was told of the form, and when they opened the message, as far as it is known."""
    rows = Notification.objects.filter(event__in=[event.pk for event in happened], read_at__isnull=False)
    return list(rows.select_related("person").order_by("read_at", "pk"))
