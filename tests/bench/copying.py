# ruff: noqa: E501 - a table or a sentence reads better on one line
"""COPY of rows described by their models: every column that is not named gets the default of its field."""

import json
import random
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

_CHUNK = 1 << 20


class Lines:
    """A file-like source for psycopg2's `copy_expert`, made as it is read: a million rows need no memory."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._rest = lines, ""

    def read(self, size: int = _CHUNK) -> str:
        """At least something, until the end."""
        while len(self._rest) < size:
            line = next(self._lines, None)
            if line is None:
                break
            self._rest += line
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def copy(
    cursor: Any, model: type[models.Model], rows: Iterable[dict[str, Any]], *, numbered: bool = False
) -> None:
    """Write `rows` (attribute name -> value) into the table of `model`; `numbered` rows bring their own ids."""
    fields = [f for f in model._meta.concrete_fields if numbered or not f.primary_key]
    shared = {f.attname: "{}" if isinstance(f, ArrayField) else _text(default(f)) for f in fields}
    names = [f.attname for f in fields]

    def lines() -> Iterator[str]:
        for row in rows:
            told = {name: _text(value) for name, value in row.items()}
            yield "\t".join(told.get(name, shared[name]) for name in names) + "\n"

    columns = ", ".join(f'"{f.column}"' for f in fields)
    cursor.copy_expert(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN', Batched(lines()))


class Batched(Lines):
    """Lines by the hundred: reading one at a time costs more than making them."""

    def __init__(self, lines: Iterator[str]) -> None:
        super().__init__(_by_the_hundred(lines))


def _by_the_hundred(lines: Iterator[str]) -> Iterator[str]:
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) == 100:
            yield "".join(batch)
            batch.clear()
    yield "".join(batch)


def default(field: "models.Field[Any, Any]") -> Any:
    """What a row gets that says nothing of this column."""
    if field.primary_key and not field.has_default():
        return None
    value = field.get_default()
    if value is None and not field.null:
        return "" if isinstance(field, models.CharField | models.TextField) else 0
    return value


def _text(value: Any) -> str:
    """One value in COPY's text format."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = json.dumps(value)
    if isinstance(value, int | float | Decimal):
        return str(value)
    return str(value).replace("\\", "\\\\").replace("\t", " ").replace("\n", "\\n")


def sentences(count: int, seed: int = 7) -> list[str]:
    """Plausible Indonesian complaints, made of a small vocabulary as real ones are."""
    dice = random.Random(seed)
    words = _WORDS.split()
    return [
        " ".join(dice.choices(words, k=dice.randint(5, 9))).capitalize() + "." for _number in range(count)
    ]


_WORDS = """
printer layar jaringan internet komputer laptop kasir gudang laporan stok faktur pajak data pelanggan cabang kantor tidak
bisa dicetak dibuka lambat mati menyala hilang salah berubah muncul pesan gagal sejak pagi kemarin siang setelah pembaruan
aplikasi penjualan pembelian gaji absensi kendaraan solar dealer servis bengkel nota kuitansi barang harga diskon promo
mohon dibantu segera karena pelanggan menunggu sudah dicoba dimatikan kabel lampu berkedip merah hijau tombol tekan ulang
masuk keluar kata sandi email lampiran berkas folder server cadangan rekening bank transfer tanggal bulan tahun angka total
kolom baris tabel grafik ekspor impor unggah unduh scanner barcode tinta kertas macet suara kamera rapat layanan telepon
""".strip()
