"""What the columns of a file of assets may mean, how a heading is recognised, and what stands in their cells."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.tabular import Figure
from inventory.enums import AssetField, AssetState

OWN = "own:"  # before the label of a field that only some types have


@dataclass(frozen=True)
class Field:
    """Something that a column can be; `names` are other headings for it, in either language."""

    key: str
    label: str | Promise
    names: tuple[str, ...] = ()


FIELDS = [
    Field("tag", _("Tag"), ("asset tag", "kode aset", "nomor aset", "no aset", "kode inventaris", "no inventaris",
                            "nomor inventaris", "label aset", "asset id", "asset no")),
    Field("type", AssetField.TYPE.label, ("jenis", "kategori", "category", "tipe aset", "jenis barang", "asset type")),
    Field("state", _("State"), ("status", "kondisi", "state aset")),
    Field("name", AssetField.NAME.label, ("nama barang", "nama aset", "hostname", "computer name", "nama komputer")),
    Field("serial", AssetField.SERIAL.label, ("serial", "sn", "s/n", "no seri", "serial no", "no serial",
                                              "nomor serial")),
    Field("maker", AssetField.MAKER.label, ("merek", "merk", "brand", "manufacturer", "pabrikan", "vendor")),
    Field("model", AssetField.MODEL.label, ("tipe model", "seri model", "model no")),
    Field("branch", AssetField.BRANCH.label, ("kantor cabang", "lokasi cabang", "site", "office", "kode cabang")),
    Field("room", AssetField.ROOM.label, ("lokasi", "location", "ruang")),
    Field("holder", AssetField.HOLDER.label, ("pengguna", "user", "pemakai", "assigned to", "email pemegang",
                                              "karyawan")),
    Field("parent", AssetField.PARENT.label, ("bagian dari", "parent", "parent tag", "induk")),
    Field("purchase_date", AssetField.PURCHASE_DATE.label, ("tanggal beli", "tanggal pembelian", "tgl beli",
                                                            "purchase date", "tgl pembelian", "tanggal perolehan")),
    Field("supplier", AssetField.SUPPLIER.label, ("toko", "penyedia", "distributor")),
    Field("cost", AssetField.COST.label, ("harga", "harga beli", "price", "nilai perolehan", "harga perolehan",
                                          "cost", "biaya")),
    Field("warranty_date", AssetField.WARRANTY_DATE.label, ("garansi", "akhir garansi", "warranty", "masa garansi",
                                                            "garansi sampai", "warranty end")),
    Field("note", AssetField.NOTE.label, ("keterangan", "notes", "remarks", "remark", "deskripsi", "description")),
]  # fmt: skip
BY_KEY = {found.key: found for found in FIELDS}
DATES = ("purchase_date", "warranty_date")


def key_of(field: dict[str, Any]) -> str:
    """By which a type's own field is known in files: its label, so that those of several types are one column."""
    return f"{OWN}{plain(str(field.get('label') or field['name']))}"


def plain(text: str) -> str:
    """A heading without its capitals and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


def own_fields(types: Iterable[Any]) -> list[Field]:
    """The own fields of these types, those of one label once."""
    found: dict[str, Field] = {}
    for kind in types:
        for field in kind.own_fields:
            label, key = str(field.get("label") or field["name"]), key_of(field)
            found.setdefault(key, Field(key, label, (field["name"],)))
    return list(found.values())


def guessed(header: Sequence[str], types: Iterable[Any], remembered: dict[str, str]) -> list[str]:
    """For each heading the key of the field that it is, "" where nobody knows; no field twice.

    `remembered`: what this person made of such headings before, by `plain` heading.
    """
    names = _names([*FIELDS, *own_fields(types)])
    found: list[str] = []
    for heading in header:
        mark = plain(heading)
        key = remembered.get(mark, names.get(mark, ""))
        found.append(key if key not in found else "")
    return found


def _names(fields: Iterable[Field]) -> dict[str, str]:
    """All headings by which fields are known, in all languages of the product."""
    found: dict[str, str] = {}
    for field in fields:
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                found.setdefault(plain(str(field.label)), field.key)
        for name in field.names:
            found.setdefault(plain(name), field.key)
    return found


# Cells ---------------------------------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan januari january", "feb februari february peb pebruari", "mar maret march", "apr april", "mei may",
         "jun juni june", "jul juli july", "agu agustus aug august ags", "sep september sept",
         "okt oktober oct october", "nov november nop nopember", "des desember dec december"), start=1,
    )
    for name in names.split()
}  # fmt: skip


_THOUSANDS = re.compile(r"-?(?!0+[.,])\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+)")


def day(text: str) -> date:
    """A day as people here write it: 2026-05-31, 31/5/2026, 31-05-26, 31 Mei 2026. Raises ValueError."""
    words = text.strip().lower().partition(" 00:00")[0]
    if iso := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", words):
        return date(*(int(part) for part in iso.groups()))
    if ours := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2}|[a-z]+)[-/. ,]+(\d{4}|\d{2})", words):
        first, month, year = ours.groups()
        number = _MONTHS.get(month) if month.isalpha() else int(month)
        if number is None:
            raise ValueError(text)
        return date(int(year) + (2000 if len(year) == 2 else 0), number, int(first))
    raise ValueError(text)


def money(text: str) -> Decimal:
    """An amount as people here write it: 5000000, 5.000.000,00, Rp 5,000,000.00. Raises ValueError.

    Points or commas part thousands where three digits follow each, and no more than three digits, not all of them
    zero, stand before the first; else the last one is that of a decimal. A number of a workbook is what it is.
    """
    if isinstance(text, Figure):
        return _rounded(text)
    words = re.sub(r"^(rp|idr)\.?\s*", "", text.strip().lower()).replace(" ", "").replace("\xa0", "")
    if words.endswith(",-"):
        words = words[:-2]
    if not re.fullmatch(r"-?\d[\d.,]*", words):
        raise ValueError(text)
    if _THOUSANDS.fullmatch(words):
        return _rounded(re.sub(r"[.,]", "", words))
    whole, mark, rest = words.rpartition(max(".,", key=words.rfind))
    if not mark:
        return _rounded(words)
    if not (whole.lstrip("-").isdigit() or (_THOUSANDS.fullmatch(whole) and mark not in whole)):
        raise ValueError(text)
    return _rounded(f"{re.sub(r'[.,]', '', whole)}.{rest or '0'}")


def told(cell: str) -> Any:
    """A cell as it goes back into a file: a figure as one, and never such that it seems to part thousands."""
    if not isinstance(cell, Figure) or not Decimal(cell).is_finite():
        return cell
    return Decimal(f"{cell}0" if _THOUSANDS.fullmatch(cell) else cell)


def _rounded(text: str) -> Decimal:
    try:
        amount = Decimal(text)
        if not amount.is_finite():
            raise ValueError(text)
        return amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        raise ValueError(text) from None


def state(text: str) -> str:
    """A state by its name in either language. Raises ValueError."""
    found = _states().get(plain(text))
    if found is None:
        raise ValueError(text)
    return found


@cache
def _states() -> dict[str, str]:
    """All names of states, made once for all rows."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for value, label in AssetState.choices:
                found.setdefault(plain(str(label)), value)
                found.setdefault(plain(value), value)
    return found
