"""Tables of the inventory: one file for each subject, one name for all of them."""

from inventory.models.assets import Asset, AssetFile, AssetType, Room
from inventory.models.software import Installation, SoftwareTitle

__all__ = ["Asset", "AssetFile", "AssetType", "Installation", "Room", "SoftwareTitle"]
