"""How the API describes itself: every endpoint with the problems it may answer and the key that makes it act once."""

from typing import Any

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

_KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="Up to 100 characters of your choice. The same key and body act once; a repeat gets the same answer.",
)
_PROBLEM = ["application/problem+json"]


class ProblemShape(serializers.Serializer[Any]):
    """A refusal (RFC 9457): what went wrong, in the reader's language, and the SOP clause behind it."""

    type = serializers.CharField(help_text="Always `about:blank`: the status says the kind.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence for a person: what is wrong and who can mend it.")
    rule = serializers.CharField(
        required=False, help_text="The clause of the SOP that refuses, like `SOP-A5`."
    )
    errors = serializers.DictField(  # type: ignore[assignment]  # the fields' names of RFC 9457, not the serializer's
        required=False, help_text="For 400: what is wrong, by field."
    )


class Document(SchemaGenerator):
    """The whole description, in English for everybody: programs are written against it."""

    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        """The same document whoever asks."""
        with translation.override("en"):
            return super().get_schema(*args, **kwargs)  # type: ignore[no-untyped-call]


class Schema(AutoSchema):
    """The generator's own schema, with the problems and the key added to every operation they belong to."""

    def get_override_parameters(self) -> list[Any]:
        """The Idempotency-Key, where the endpoint honours it."""
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        return [_KEY] if getattr(handler, "honours_key", False) else []

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for code in self._problems():
            if code not in bodies:
                bodies[code] = self._refusal(code)
        return bodies

    def _refusal(self, code: str) -> Any:
        return self._get_response_for_code(ProblemShape, code, media_types=_PROBLEM)  # type: ignore[no-untyped-call]

    def _problems(self) -> list[str]:
        """Which refusals this operation may answer with."""
        if getattr(self.view, "authentication_classes", None) == []:
            return []
        acts = ["400", "409", "415"] if self.method not in SAFE_METHODS else ["400"]
        return [
            "401",
            "403",
            "406",
            *acts,
            *(["404"] if "{" in self.path or self._is_list_view() else []),
            "503",
        ]
