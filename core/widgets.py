"""The inputs that Django has not: choices as big cards, a day, several files, a signature."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Cards(forms.RadioSelect):
    """Radio buttons as cards that a thumb can hit, with a picture and a line of explanation per value.

    `icons` and `hints` go from a choice's value to an icon's name and a sentence; `short` sets the cards side by side.
    """

    template_name = "forms/cards.html"

    def __init__(
        self,
        *,
        icons: Mapping[str, str] | None = None,
        hints: Mapping[str, Text] | None = None,
        short: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.icons, self.hints, self.short = icons or {}, hints or {}, short

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Django's context, plus whether the cards are short."""
        return super().get_context(name, value, attrs) | {"short": self.short}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One choice, with its picture and its line."""
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"icon": self.icons.get(str(value), ""), "hint": self.hints.get(str(value), "")}


class Day(forms.DateInput):
    """A date, picked with the browser's own calendar; always ISO in HTML, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"class": "short"} | (attrs or {}), format="%Y-%m-%d")


class Files(forms.FileInput):
    """Several files, listed below while they wait to be sent (static/js/upload.js); a telephone offers its camera.

    `accept` only helps to choose: what a file is, is seen from its content when it arrives.
    """

    allow_multiple_selected = True
    ACCEPT = "image/*,video/mp4,.pdf,.zip,.txt,.csv,.log,.doc,.docx,.xls,.xlsx,.pptx,.odt,.ods"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        usual = {
            "multiple": True,
            "accept": self.ACCEPT,
            "data-limit-mb": settings.UPLOAD_LIMIT_MB,
            "data-too-big": _("too large"),
            "data-remove": _("Remove"),
        }
        super().__init__(attrs=usual | (attrs or {}))

    def value_from_datadict(
        self, data: Mapping[str, Any], files: "MultiValueDict[str, UploadedFile[bytes]]", name: str
    ) -> "list[UploadedFile[bytes]]":
        """All files of the field, in the order of choosing."""
        return files.getlist(name)


class FilesField(forms.FileField):
    """A list of uploaded files; empty when none was chosen. Content is checked by the action, not here."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file must be a file and not empty; raises ValidationError with the field's sentence."""
        if not data:
            return [] if not self.required else [super().clean(None, initial)]
        return [super(FilesField, self).clean(item, initial) for item in data]


class Signature(forms.TextInput):
    """A signature: the typed full name, or a drawing as a `data:image/png` address (static/js/signature.js).

    Posts `<name>` (the typed name) and `<name>_drawn`; the value is a dict of both. Typing alone is always enough,
    so a keyboard or a browser without JavaScript can sign.
    """

    template_name = "forms/signature.html"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str]:
        """Both ways at once; which one counts is the form's business."""
        return {"typed": (data.get(name) or "").strip(), "drawn": data.get(f"{name}_drawn") or ""}

    def format_value(self, value: Any) -> str:
        """The typed name."""
        return str(value.get("typed", "")) if isinstance(value, dict) else str(value or "")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Django's context, with what was drawn before the form came back; only a picture is shown again."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        drawn = str(value.get("drawn", "")) if isinstance(value, dict) else ""
        return context | {"drawn": drawn if drawn.startswith("data:image/png;base64,") else ""}


class Suggest(forms.TextInput):
    """A line of text for which the browser suggests `options`, pairs of a value and what it stands for."""

    template_name = "forms/suggest.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"autocomplete": "off"} | (attrs or {}))
        self.options: list[tuple[str, str]] = []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Django's context, with the suggestions."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        if self.options:
            context["widget"]["attrs"]["list"] = f"{name}-offered"
        return context | {"options": self.options, "offered": f"{name}-offered"}
