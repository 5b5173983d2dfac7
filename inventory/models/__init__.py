"""Tables of the inventory: one file for each subject, one name for all of them."""

from inventory.models.assets import Asset, AssetFile, AssetType, Room
from inventory.models.counting import CountLine, Scan, StockTake
from inventory.models.custody import Handover, HandoverLine
from inventory.models.importing import AssetImport, ImportProblem
from inventory.models.maintenance import MaintenancePlan, MaintenanceTask, PlanWorker
from inventory.models.renewables import Renewable, RenewableFile
from inventory.models.repairs import Repair
from inventory.models.software import Installation, SoftwareTitle, SoftwareVersion

__all__ = [
    "Asset", "AssetFile", "AssetImport", "AssetType", "CountLine", "Handover", "HandoverLine", "ImportProblem",
    "Installation", "MaintenancePlan", "MaintenanceTask", "PlanWorker", "Renewable", "RenewableFile", "Repair",
    "Room", "Scan", "SoftwareTitle", "SoftwareVersion", "StockTake",
]  # fmt: skip
