"""Tables of development."""

from devflow.models.development import (
    Build,
    Deployment,
    DevelopmentRequest,
    DevelopmentTicket,
    HourEntry,
)
from devflow.models.emergency import EmergencyFix
from devflow.models.systems import Environment, System

__all__ = [
    "Build", "Deployment", "DevelopmentRequest", "DevelopmentTicket", "EmergencyFix",
    "Environment", "HourEntry", "System",
]  # fmt: skip
