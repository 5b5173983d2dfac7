"""Which developments, builds and deployments one may see: those of the tickets one may see."""

from typing import TYPE_CHECKING, Any

from core.querysets import Rows
from tickets.models import Ticket

if TYPE_CHECKING:
    from devflow.models import (  # noqa: F401
        Build,
        Deployment,
        DevelopmentRequest,
        Environment,
        HourEntry,
        System,
    )


class SystemRows(Rows["System"]):
    """Applications of the group."""

    def visible_to(self, user: Any) -> "SystemRows":
        """Everybody may know which applications there are."""
        return self

    def in_use(self) -> "SystemRows":
        """Still maintained."""
        return self.filter(is_active=True).order_by("name", "pk")


class EnvironmentRows(Rows["Environment"]):
    """Servers of systems."""

    def visible_to(self, user: Any) -> "EnvironmentRows":
        """IT staff and auditors; testers get the address in their UAT."""
        return self if user.is_staff_member else self.none()


class DevelopmentRows(Rows["DevelopmentRequest"]):
    """Developments."""

    def visible_to(self, user: Any) -> "DevelopmentRows":
        """With their ticket."""
        return self.filter(ticket__in=Ticket.objects.visible_to(user))

    def with_list_columns(self) -> "DevelopmentRows":
        """Loads what a list and the rules need."""
        return self.select_related(
            "ticket__branch", "ticket__requester", "ticket__assignee", "system", "signed_build"
        )


class BuildRows(Rows["Build"]):
    """Builds."""

    def visible_to(self, user: Any) -> "BuildRows":
        """With their ticket."""
        return self.filter(request__ticket__in=Ticket.objects.visible_to(user))

    def for_rules(self) -> "BuildRows":
        """Loads what the gates look at."""
        return self.select_related("request__ticket", "request__system", "registered_by")


class DeploymentRows(Rows["Deployment"]):
    """Deployments."""

    def visible_to(self, user: Any) -> "DeploymentRows":
        """With their ticket."""
        return self.filter(build__request__ticket__in=Ticket.objects.visible_to(user))


class HourRows(Rows["HourEntry"]):
    """Booked hours."""

    def visible_to(self, user: Any) -> "HourRows":
        """With their ticket."""
        return self.filter(request__ticket__in=Ticket.objects.visible_to(user))
