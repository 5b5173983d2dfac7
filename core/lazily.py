"""Modules that few processes need: named at the top of a file like any other, imported by whoever first uses them.

What signs and draws documents weighs more than a web process without it. Only workers and the few who check a document
need it, so the others never load it.
"""

from importlib import import_module
from typing import Any


class lazily:  # noqa: N801 - it stands where `import` stands
    """`sealing = lazily("approvals.sealing")`: the module, imported when something of it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)
