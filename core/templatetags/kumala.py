"""The words of our templates: pictures, times, deadlines, forms. A builtin library, so no template loads it."""

import functools
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import http, numbers, times

register = template.Library()

_ICONS = Path(settings.NODE) / "@tabler/icons/icons/outline"
_PATHS = re.compile(r"<(?:path|circle|rect|line|polyline|polygon)\b[^>]*?/>", re.DOTALL)


@functools.lru_cache(maxsize=512)
def _drawing(name: str) -> SafeString:
    drawn = _PATHS.findall((_ICONS / f"{name}.svg").read_text(encoding="utf-8"))
    return mark_safe("".join(line for line in drawn if "M0 0h24v24H0z" not in line))  # noqa: S308 - our own files


@register.simple_tag
@functools.lru_cache(maxsize=1024)
def icon(name: str, css: str = "") -> SafeString:
    """The Tabler outline picture `name`, inline; never read aloud, for the words beside it say the same.

    Raises FileNotFoundError for a name that does not exist, so that a test sees it and not a reader.
    """
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        css,
        _drawing(name),
    )


_SHARED = ("csrf_token", "user", "request")


def _component(context: Context, layout: str, arguments: dict[str, Any]) -> SafeString:
    """Render a component with its arguments and nothing else of the page, so that no variable leaks in by its name."""
    assert context.template is not None
    shared = {name: context[name] for name in _SHARED if name in context}
    return context.template.engine.get_template(layout).render(context.new(shared | arguments))


@register.simple_tag(takes_context=True)
def component(context: Context, template_file: str, **arguments: Any) -> SafeString:
    """A file of templates/components with these arguments: `{% component "components/empty.html" title=… %}`."""
    return _component(context, template_file, arguments)


@register.simple_block_tag(takes_context=True)
def wrap(context: Context, content: str, template_file: str, **arguments: Any) -> SafeString:
    """The same around a body: `{% wrap "components/card.html" title=… %}…{% endwrap %}`."""
    return _component(context, template_file, arguments | {"body": mark_safe(content)})  # noqa: S308 - rendered just now


@register.filter
def cell(thing: Any, column: dict[str, Any]) -> Any:
    """One fact of a row, drawn by its column: `{{ ticket|cell:column }}`."""
    return column["draw"](thing)


# Times ---------------------------------------------------------------------------------------------------------


@register.filter
def when(value: datetime | None) -> str:
    """`14:32 WIB` today, `20 Nov 14:32 WIB` otherwise, with the year when it is another one; empty for None."""
    return times.words(value, timezone.now()) if value else ""


@register.filter
def stamp(value: datetime | None) -> SafeString | str:
    """The instant as a `<time>` element that reads like `when`; the full date and offset are in its title."""
    if value is None:
        return ""
    full = times.full(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), full, when(value))


@register.filter
def full_time(value: datetime | None) -> str:
    """`Saturday, 21 November 2026 14:32 WIB`: for documents and mails, where "today" means nothing."""
    return times.full(value) if value else ""


@register.filter
def exact_time(value: datetime | None) -> str:
    """`21 Nov 2026 14:32:05 WIB`: for certificates, on which several things happen in one minute."""
    return times.to_the_second(value) if value else ""


@register.filter
def day(value: date | str | None) -> str:
    """A date, or its ISO text as forms keep it, in the reader's words: `15 December 2026`; empty for nothing.

    Other text stays as it was typed: drafts keep it, and a page that breaks over it would show nothing at all.
    """
    if not value:
        return ""
    try:
        return date_format(date.fromisoformat(value) if isinstance(value, str) else value, "j F Y")
    except ValueError:
        return str(value)


@register.filter
def plain(value: Decimal | None) -> str:
    """An exact number without needless zeros, in the reader's format: 24.00 is `24`, 1.50 is `1,5`; empty for None."""
    return numbers.shown(value)


@register.filter
def figure(text: str | None) -> str:
    """A figure that a form keeps as text, in the reader's format: "24.5" is `24,5` in Indonesian; other text stays."""
    return numbers.said(text)


@register.filter
def money(amount: Decimal | None) -> str:
    """An amount of rupiah: `Rp 12.500.000`."""
    return numbers.money(amount)


@register.filter
def rupiah(amount: str | None) -> str:
    """Whole rupiah that a form keeps as text: `Rp 12.500.000`."""
    return numbers.rupiah(amount)


@register.filter
def hours(minutes: int | None) -> str:
    """Minutes as hours a person says: 90 is `1.5`, 1440 is `24`, in the reader's number format."""
    return times.hours(minutes) if minutes is not None else ""


_TONES = {
    "met": "jade",
    "late": "brick",
    "missed": "brick",
    "soon": "brass",
    "stopped": "plain",
    "calm": "sky",
}
_PICTURES = {"met": "circle-check", "late": "alarm", "missed": "alarm"}
_RUNS = ("calm", "soon", "late")


@register.simple_tag
def clock(
    due_at: datetime | None = None,
    met_at: datetime | None = None,
    *,
    label: str = "",
    stopped: bool = False,
) -> SafeString:
    """A promise as a pill: `{% clock due_at=… met_at=… label=… stopped=False %}`; met_at None while open.

    The server writes the words; static/js/clock.js keeps them true while the page stays open. Nothing without
    `due_at`. Drawn here and not by a template, for a list has one in every row.
    """
    if due_at is None:
        return mark_safe("")
    deadline = times.deadline(due_at=due_at, met_at=met_at, stopped=stopped, now=timezone.now())
    return format_html(
        '<span class="tag tone-{}"{}>{}<span class="figures">{}<span data-clock-text>{}</span></span></span>',
        _TONES[deadline.state],
        _running(due_at, get_language()) if deadline.state in _RUNS else "",
        icon(_PICTURES.get(deadline.state, "clock-hour-4")),
        f"{label}: " if label else "",
        deadline.text,
    )


@functools.lru_cache(maxsize=1024)
def _running(due_at: datetime, _language: str | None) -> SafeString:
    """What clock.js needs to go on counting: the instant, and the words of the reader's language."""
    words = (_("§ left"), _("late by §"), _("# min"), _("# h"), _("under a minute"))
    return format_html(
        ' data-clock="{}" data-left="{}" data-late="{}" data-minutes="{}" data-hours="{}" data-moment="{}"',
        due_at.isoformat(),
        *words,
    )


# Forms ---------------------------------------------------------------------------------------------------------

_UNDRESSED = (RadioSelect, CheckboxSelectMultiple)


@register.filter
def dressed(field: BoundField) -> SafeString:
    """The field's widget with the classes of its kind; the reasons for an error are tied to it by Django itself."""
    widget = field.field.widget
    if isinstance(widget, _UNDRESSED):
        return field.as_widget()
    kind = "form-control"
    if isinstance(widget, CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, Select):
        kind = "form-select"
    own = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{kind} {own} {'is-invalid' if field.errors else ''}".strip()})


@register.filter
def kind_of(field: BoundField) -> str:
    """`check`, `group`, `file` or `line`: which shape of templates/forms/field.html the field takes."""
    widget = field.field.widget
    if isinstance(widget, _UNDRESSED) or widget.use_fieldset:
        return "group"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "file" if isinstance(widget, FileInput) else "line"


@register.simple_tag(takes_context=True)
def form_marks(context: Context) -> SafeString:
    """What every posted form carries: the CSRF token and the mark of who is typing (see `core.http.keep`)."""
    user = context.get("user")
    token = format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">', context.get("csrf_token", "")
    )
    if not getattr(user, "is_authenticated", False):
        return token
    return token + format_html('<input type="hidden" name="typed_by" value="{}">', http.typed_by(user))
