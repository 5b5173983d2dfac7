"""Developments over the API: what changes them, and the ways of looking at many of them at once."""

from devflow.api.looking import Board, Capacity, Reports, Timeline
from devflow.api.resources import (
    BookedHours,
    Builds,
    Deployments,
    Developments,
    Freezes,
    Releases,
    Systems,
    Windows,
)

__all__ = [
    "Board", "BookedHours", "Builds", "Capacity", "Deployments", "Developments", "Freezes", "Releases", "Reports",
    "Systems", "Timeline", "Windows",
]  # fmt: skip
