"""What every branch of the demo group has."""

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
