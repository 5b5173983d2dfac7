"""Types of assets are kept on their page and through the API, and nothing that assets have in their fields is lost."""

from typing import Any

import pytest

from core.errors import NotPossible
from inventory import actions as inventory
from inventory.models import Asset, AssetType
from tests.api.client import Program
from tests.cast import Cast
from tests.inventory import stage

FORM = {
    "form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "name": "Scanner", "prefix": "sc", "is_active": "on",
    "form-0-label": "Lebar kertas", "form-0-kind": "number", "form-0-ORDER": "2", "form-0-is_active": "on",
    "form-1-label": "Jenis", "form-1-kind": "choice", "form-1-choices": "Datar, Gulung, Datar", "form-1-ORDER": "1",
    "form-1-is_active": "on",
}  # fmt: skip


def test_a_type_gets_its_fields_in_their_order(cast: Cast, page: Any) -> None:
    browser = page(cast.administrator)
    assert browser.post("/assets/types/new/", FORM | {"form-1-choices": ""}).status_code == 422
    assert browser.post("/assets/types/new/", FORM).status_code == 302
    made = AssetType.objects.get(name="Scanner")
    assert made.prefix == "SC"
    assert [(f["name"], f["kind"]) for f in made.fields] == [("jenis", "choice"), ("lebar_kertas", "number")]
    assert made.fields[0]["choices"] == ["Datar", "Gulung"]
    assert b"Scanner" in browser.get("/assets/types/").content
    shown = browser.get(f"/assets/types/{made.pk}/").content.decode()
    assert "Lebar kertas" in shown
    changed = FORM | {
        "form-INITIAL_FORMS": "2", "form-0-name": "lebar_kertas", "form-1-name": "jenis", "form-0-label": "Lebar (cm)",
        "form-0-ORDER": "1", "form-1-ORDER": "2",
    }  # fmt: skip
    assert browser.post(f"/assets/types/{made.pk}/", changed).status_code == 302
    made.refresh_from_db()
    assert [(f["name"], f["label"]) for f in made.fields] == [
        ("lebar_kertas", "Lebar (cm)"),
        ("jenis", "Jenis"),
    ]
    assert page(cast.agent).get("/assets/types/").status_code == 404


def test_a_field_that_is_filled_in_loses_nothing(cast: Cast) -> None:
    kind = stage.kind(cast)
    thing = stage.asset(cast, details={"ram": "16", "disk": "SSD"})
    by = {
        name: field
        for name in ("ram", "disk", "leased", "built")
        for field in kind.fields
        if field["name"] == name
    }

    def keep(*fields: dict[str, Any]) -> AssetType:
        row = AssetType.objects.get(pk=kind.pk)
        row.fields = list(fields)
        return inventory.keep_type(type=row, fields=["fields"], by=cast.it_manager)

    for wrong in (
        [by["disk"]],
        [by["ram"] | {"kind": "date"}, by["disk"]],
        [by["ram"], by["disk"] | {"choices": ["HDD"]}],
    ):
        with pytest.raises(NotPossible):
            keep(*wrong)
    kept = keep(by["disk"] | {"choices": ["SSD", "NVMe"]}, by["ram"] | {"is_active": False})
    assert [f["name"] for f in kept.asked_fields] == ["disk"]
    thing = Asset.objects.select_related("type").get(pk=thing.pk)
    assert ("RAM (GB)", "16") in thing.own_values
    keep(by["ram"] | {"kind": "text"}, by["disk"])  # every figure is a text


def test_programs_keep_types(cast: Cast) -> None:
    program = Program(cast.it_manager)
    fields = [{"name": "ram", "label": "RAM", "kind": "number"}]
    made = program.post("asset-types/", name="Server", prefix="SRV", fields=fields)
    assert (program.status, made["fields"][0]["name"]) == (201, "ram")
    assert program.patch(f"asset-types/{made['id']}/", fields=[])["fields"] == []
    program.patch(f"asset-types/{made['id']}/", prefix="toolong1")
    program.refused(400)
    program.post("asset-types/", name="server", prefix="SRV")
    program.refused(409)
