"""Tables of development."""

from devflow.models.development import (
    Build,
    Deployment,
    DevelopmentRequest,
    DevelopmentTicket,
)
from devflow.models.emergency import EmergencyFix
from devflow.models.systems import Environment, System
from devflow.models.work import CheckItem, Commit, HourEntry, Timer

__all__ = [
    "Build", "CheckItem", "Commit", "Deployment", "DevelopmentRequest", "DevelopmentTicket", "EmergencyFix",
    "Environment", "HourEntry", "System", "Timer",
]  # fmt: skip
