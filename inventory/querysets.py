"""Which assets one may see, and which ones a list wants."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from accounts.enums import Role
from core.querysets import Rows
from inventory import search
from inventory.enums import KEPT

if TYPE_CHECKING:
    from inventory.models import (  # noqa: F401
        Asset,
        AssetFile,
        AssetType,
        Installation,
        Room,
        SoftwareTitle,
    )


def areas(user: Any) -> set[Any]:
    """The branches whose inventory a person sees: those of their IT and audit roles, those they head, their own.

    None among them means all.
    """
    headed = [a.branch_id for a in user.authorities if a.role == Role.BRANCH_HEAD]
    own = [user.branch_id] if user.branch_id else []
    return {*user.note_areas, *headed, *own}


class AssetRows(Rows["Asset"]):
    """Assets."""

    def visible_to(self, user: Any) -> "AssetRows":
        """Staff and heads those of their branches, everybody what they hold; IT and auditors by their area."""
        seen = areas(user)
        if None in seen:
            return self
        mine = Q(holder=user)
        return self.filter(mine | Q(branch_id__in=seen)) if seen else self.filter(mine)

    def kept(self) -> "AssetRows":
        """Those that are somewhere: neither lost nor retired."""
        return self.filter(state__in=KEPT)

    def due_before(self, instant: datetime) -> "AssetRows":
        """Those that must be verified before that instant (SOP-B4.1.1)."""
        return self.kept().filter(due_at__lt=instant)

    def saying(self, question: str) -> "AssetRows":
        """In whose tag, serial number, name, maker, model or note every word stands, or a beginning of it."""
        found: AssetRows = search.narrowed(self, question)
        return found

    def with_list_columns(self) -> "AssetRows":
        """Loads what a list shows."""
        return self.select_related("type", "branch", "room", "holder")

    def with_page_columns(self) -> "AssetRows":
        """Loads what the page of one asset shows."""
        return self.select_related("type", "branch", "room", "holder", "parent__type", "verified_by")


class _OfAsset:
    """Rows that are seen with their asset."""

    def visible_to(self, user: Any) -> Any:
        """With the asset."""
        assets: Any = self.model._meta.get_field("asset").related_model  # type: ignore[attr-defined]
        return self.pointing_to(assets.objects.visible_to(user), "asset")  # type: ignore[attr-defined]


class AssetTypeRows(Rows["AssetType"]):
    """Types of assets."""

    def visible_to(self, user: Any) -> "AssetTypeRows":
        """Their names stand on every asset: everybody sees them."""
        return self

    def in_use(self) -> "AssetTypeRows":
        """Those of which new assets are registered."""
        return self.filter(is_active=True).order_by("name", "pk")


class RoomRows(Rows["Room"]):
    """Rooms of branches."""

    def visible_to(self, user: Any) -> "RoomRows":
        """Those of the branches whose inventory one sees."""
        seen = areas(user)
        return self if None in seen else self.filter(branch_id__in=seen)

    def in_use(self) -> "RoomRows":
        """Those that still exist."""
        return self.filter(is_active=True).order_by("branch__name", "name", "pk")


class FileRows(_OfAsset, Rows["AssetFile"]):
    """Documents and photos of assets."""


class TitleRows(Rows["SoftwareTitle"]):
    """Names of software."""

    def visible_to(self, user: Any) -> "TitleRows":
        """What IT installs is for IT and auditors to read; others see what is on the assets they see."""
        return self if user.is_staff_member else self.none()


class InstallationRows(_OfAsset, Rows["Installation"]):
    """What is installed where."""

    def current(self) -> "InstallationRows":
        """Still installed when the machine was last heard of."""
        return self.filter(gone_at=None)

    def with_list_columns(self) -> "InstallationRows":
        """Loads what a list shows."""
        return self.select_related("title", "asset__type", "asset__branch")
