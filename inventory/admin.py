"""Types of assets, for administrators."""

from typing import Any

from django.contrib import admin
from django.db import models

from core.admin import Reference
from inventory import actions
from inventory.models import AssetType


def _keep_type(*, row: models.Model, fields: list[str], by: Any) -> Any:
    assert isinstance(row, AssetType)
    return actions.keep_type(type=row, fields=fields, by=by)


@admin.register(AssetType)
class TypePage(Reference):
    """Types of assets, with what is written down about them."""

    keep = staticmethod(_keep_type)
    list_display = ["name", "prefix", "is_active"]
