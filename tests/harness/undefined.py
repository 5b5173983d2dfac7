"""An undefined variable in one of our templates ends the test, with the template's name."""

import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

OURS = str(Path(settings.ROOT) / "templates")


class Undefined(str):
    """Takes the place of `string_if_invalid`: Django fills in the variable's name by `%`."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __bool__(self) -> bool:
        return True

    def __mod__(self, name: Any) -> str:
        where = _template()
        if where.startswith(OURS):
            pytest.fail(f"{where}: {name} is not defined", pytrace=False)
        return ""  # templates of Django and its packages rely on the empty place


def _template() -> str:
    frame: Any = sys._getframe(2)
    while frame is not None:
        origin = getattr(frame.f_locals.get("self"), "origin", None)
        if origin is not None and hasattr(origin, "template_name"):
            return str(origin.name)
        frame = frame.f_back
    return ""
