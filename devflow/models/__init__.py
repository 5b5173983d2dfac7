"""Tables of development."""

from devflow.models.checks import VersionCheck
from devflow.models.development import (
    Build,
    Deployment,
    DevelopmentRequest,
    DevelopmentTicket,
)
from devflow.models.emergency import EmergencyFix
from devflow.models.releases import Release
from devflow.models.systems import Deployer, Environment, System, SystemOwner
from devflow.models.windows import Freeze, Window
from devflow.models.work import CheckItem, Commit, HourEntry, Timer

__all__ = [
    "Build", "CheckItem", "Commit", "Deployer", "Deployment", "DevelopmentRequest", "DevelopmentTicket",
    "EmergencyFix", "Environment", "Freeze", "HourEntry", "Release", "System", "SystemOwner", "Timer", "VersionCheck",
    "Window",
]  # fmt: skip
