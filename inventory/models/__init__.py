"""Tables of the inventory: one file for each subject, one name for all of them."""

from inventory.models.assets import Asset, AssetFile, AssetType, Room
from inventory.models.counting import CountLine, Scan, StockTake
from inventory.models.custody import Handover, HandoverLine
from inventory.models.maintenance import MaintenancePlan, MaintenanceTask, PlanWorker
from inventory.models.repairs import Repair
from inventory.models.software import Installation, SoftwareTitle

__all__ = [
    "Asset", "AssetFile", "AssetType", "CountLine", "Handover", "HandoverLine",
    "Installation", "MaintenancePlan", "MaintenanceTask", "PlanWorker", "Repair",
    "Room", "Scan", "SoftwareTitle", "StockTake",
]  # fmt: skip
