"""What every branch of the demo group has."""

from typing import Any

ROOMS = ("Kasir", "Kantor", "Ruang server")

# key: name, prefix of tags, own fields
TYPES = {
    "pc": ("Komputer", "PC", [
        {"name": "ram", "label": "RAM (GB)", "kind": "number"},
        {"name": "disk", "label": "Disk", "kind": "choice", "choices": ["SSD", "HDD"]},
    ]),
    "printer": ("Printer", "PR", [{"name": "colour", "label": "Berwarna", "kind": "yes_no"}]),
    "router": ("Router", "RT", [{"name": "address", "label": "Alamat IP", "kind": "text"}]),
}  # fmt: skip

# key of the type, maker, model, number of the room
THINGS = [
    ("pc", "Dell", "OptiPlex 7010", 0),
    ("pc", "Lenovo", "ThinkCentre M70q", 1),
    ("printer", "Epson", "L3250", 0),
    ("router", "MikroTik", "hEX S", 2),
]

# key of the type: name, checklist
PLANS = {
    "pc": ("Pemeliharaan bulanan komputer", [
        {"text": "Pembaruan keamanan terpasang"},
        {"text": "Debu dibersihkan"},
        {"text": "Suhu prosesor", "kind": "reading", "unit": "°C", "high": "85"},
        {"text": "Ruang disk kosong", "kind": "reading", "unit": "%", "low": "15"},
    ]),
    "printer": ("Pemeliharaan bulanan printer", [
        {"text": "Uji cetak"},
        {"text": "Rol kertas dibersihkan"},
        {"text": "Halaman tercetak", "kind": "reading", "unit": "lembar"},
    ]),
    "router": ("Pemeliharaan bulanan router", [
        {"text": "Firmware terbaru"},
        {"text": "Cadangan konfigurasi"},
        {"text": "Beban prosesor", "kind": "reading", "unit": "%", "high": "80"},
    ]),
}  # fmt: skip

# name, publisher, versions in turn
PROGRAMS = [
    ("Google Chrome", "Google LLC", ("131.0.6778.86", "130.0.6723.117", "128.0.6613.120")),
    ("Microsoft Office LTSC 2021", "Microsoft Corporation", ("16.0.14332.20771", "16.0.14332.20736")),
    ("7-Zip", "Igor Pavlov", ("24.08", "19.00")),
    ("LibreOffice", "The Document Foundation", ("24.8.3.2",)),
]

# kind, name, supplier or issuer, days until its end, other facts
RENEWABLES: list[tuple[str, str, str, int, dict[str, Any]]] = [
    (
        "licence",
        "Microsoft Office LTSC 2021",
        "PT Solusi Lisensi",
        45,
        {"title_words": "Microsoft Office", "seats": 2},
    ),
    ("certificate", "www.kumala.example", "Let's Encrypt", 12, {"lead_days": [30, 7]}),
    ("contract", "Internet kantor pusat", "PT Serat Cepat", 200, {"reference": "SC/2026/0417"}),
]

# A file as branches send it: one row is wrong.
TABLE = """Kode aset;Jenis;Cabang;Merek;Model;Nomor seri;Tanggal beli;Harga;Keterangan
GD-001;Komputer;{code};Dell;OptiPlex 3080;5CG9001;31/05/2024;Rp 8.500.000;Cadangan
GD-002;Printer;{code};Epson;L3250;X7KD002;12 Juni 2024;2.900.000;
GD-003;Proyektor;{code};BenQ;MX550;PJ003;2024-07-01;5.400.000;Ruang rapat
"""
