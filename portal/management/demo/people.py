"""The branches, people and systems of the demo group."""

from dataclasses import dataclass

from accounts.enums import Role, TimeZone

WIB, WITA, WIT = TimeZone.WIB, TimeZone.WITA, TimeZone.WIT

# code: name, city, time zone
BRANCHES = {
    "JKT": ("Kantor Pusat Jakarta", "Jakarta", WIB),
    "BDG": ("Cabang Bandung", "Bandung", WIB),
    "SMG": ("Cabang Semarang", "Semarang", WIB),
    "SBY": ("Cabang Surabaya", "Surabaya", WIB),
    "MDN": ("Cabang Medan", "Medan", WIB),
    "PLB": ("Cabang Palembang", "Palembang", WIB),
    "DPS": ("Cabang Denpasar", "Denpasar", WITA),
    "MKS": ("Cabang Makassar", "Makassar", WITA),
    "BPN": ("Cabang Balikpapan", "Balikpapan", WITA),
    "MDO": ("Cabang Manado", "Manado", WITA),
    "AMB": ("Cabang Ambon", "Ambon", WIT),
    "JPR": ("Cabang Jayapura", "Jayapura", WIT),
}


@dataclass(frozen=True)
class Person:
    """Somebody of the demo: `area` is the branch a role is limited to, "" for the whole group."""

    name: str
    branch: str
    title: str
    role: Role
    area: str = ""
    language: str = "id"


R = Role
# What stands before @kumala.example; the first eight are the demo accounts.
PEOPLE = {
    "requester": Person("Sari Wulandari", "BDG", "Staf Administrasi", R.REQUESTER, "BDG"),
    "agent": Person("Budi Santoso", "JKT", "Programmer", R.AGENT),
    "it.manager": Person("Ardi Nugroho", "JKT", "IT Manager", R.IT_MANAGER),
    "db.manager": Person("Joko Susilo", "JKT", "Database Manager", R.DB_MANAGER),
    "director": Person("Bambang Hartono", "JKT", "Direktur Operasional", R.DIRECTOR),
    "board": Person("Ratna Kusumawardhani", "JKT", "Komisaris", R.BOD),
    "auditor": Person("Maya Anggraini", "JKT", "Auditor Internal", R.AUDITOR),
    "admin": Person("Tono Wijaya", "JKT", "Administrator Sistem", R.ADMINISTRATOR, language="en"),
    "agung.pratama": Person("Agung Pratama", "JKT", "Staf Jaringan", R.AGENT),
    "fitri.handayani": Person("Fitri Handayani", "JKT", "Analis Data", R.AGENT),
    "rizky.ramadhan": Person("Rizky Ramadhan", "JKT", "Programmer", R.AGENT),
    "yusuf.maulana": Person("Yusuf Maulana", "SBY", "Teknisi Lapangan", R.AGENT),
    "nadia.permata": Person("Nadia Permatasari", "JKT", "Staf Helpdesk", R.AGENT),
    "wayan.sudarma": Person("I Wayan Sudarma", "DPS", "Teknisi Lapangan", R.AGENT, "DPS"),
    "hendra.gunawan": Person("Hendra Gunawan", "BDG", "Kepala Cabang", R.BRANCH_HEAD, "BDG"),
    "endang.lestari": Person("Endang Lestari", "SMG", "Kepala Cabang", R.BRANCH_HEAD, "SMG"),
    "slamet.riyadi": Person("Slamet Riyadi", "SBY", "Kepala Cabang", R.BRANCH_HEAD, "SBY"),
    "parlindungan": Person("Parlindungan Siregar", "MDN", "Kepala Cabang", R.BRANCH_HEAD, "MDN"),
    "zainal.abidin": Person("Zainal Abidin", "PLB", "Kepala Cabang", R.BRANCH_HEAD, "PLB"),
    "ketut.suardana": Person("I Ketut Suardana", "DPS", "Kepala Cabang", R.BRANCH_HEAD, "DPS"),
    "andi.rahmawati": Person("Andi Rahmawati", "MKS", "Kepala Cabang", R.BRANCH_HEAD, "MKS"),
    "syahrul.gunadi": Person("Syahrul Gunadi", "BPN", "Kepala Cabang", R.BRANCH_HEAD, "BPN"),
    "grace.wowor": Person("Grace Wowor", "MDO", "Kepala Cabang", R.BRANCH_HEAD, "MDO"),
    "john.pattiasina": Person("John Pattiasina", "AMB", "Kepala Cabang", R.BRANCH_HEAD, "AMB"),
    "yohana.wenda": Person("Yohana Wenda", "JPR", "Kepala Cabang", R.BRANCH_HEAD, "JPR"),
    "dewi.lestari": Person("Dewi Lestari", "BDG", "Staf Keuangan", R.REQUESTER, "BDG"),
    "siti.aminah": Person("Siti Aminah", "SMG", "Kasir", R.REQUESTER, "SMG"),
    "eko.prasetyo": Person("Eko Prasetyo", "SBY", "Staf Gudang", R.REQUESTER, "SBY"),
    "lina.marlina": Person("Lina Marlina", "SBY", "Staf HRD", R.REQUESTER, "SBY"),
    "rosmaida": Person("Rosmaida Sitorus", "MDN", "Staf Penjualan", R.REQUESTER, "MDN"),
    "mulyadi": Person("Mulyadi", "PLB", "Staf Administrasi", R.REQUESTER, "PLB"),
    "made.wirawan": Person("I Made Wirawan", "DPS", "Staf Pemasaran", R.REQUESTER, "DPS"),
    "nurhayati": Person("Nurhayati", "MKS", "Staf Keuangan", R.REQUESTER, "MKS"),
    "rahmat.hidayat": Person("Rahmat Hidayat", "BPN", "Staf Logistik", R.REQUESTER, "BPN"),
    "jeane.lumentut": Person("Jeane Lumentut", "MDO", "Staf Layanan Pelanggan", R.REQUESTER, "MDO"),
    "fransiska": Person("Fransiska Latumahina", "AMB", "Staf Administrasi", R.REQUESTER, "AMB"),
    "markus.kogoya": Person("Markus Kogoya", "JPR", "Staf Gudang", R.REQUESTER, "JPR"),
    "putri.ayu": Person("Putri Ayu Ningsih", "JKT", "Staf Pajak", R.REQUESTER, "JKT"),
}
# More than one role: a deputy who also works the queue for eastern Indonesia.
MORE_ROLES = [("fitri.handayani", R.DB_MANAGER, "MKS"), ("ketut.suardana", R.REQUESTER, "DPS")]
# absent, substitute, first day and last day counted from today, reason
SUBSTITUTIONS = [
    ("db.manager", "fitri.handayani", 0, 4, "Cuti tahunan"),
    ("slamet.riyadi", "lina.marlina", 0, 2, "Dinas luar kota"),
    ("it.manager", "rizky.ramadhan", 7, 11, "Pelatihan di Singapura"),
]
SYSTEMS = {
    "HRIS": "Absensi, cuti, dan penggajian",
    "POS Kasir": "Penjualan di kasir cabang",
    "Gudang Online": "Stok barang dan mutasi antar cabang",
    "Keuangan Pusat": "Jurnal, pembayaran, dan laporan keuangan",
    "CRM Pelanggan": "Data pelanggan, keluhan, dan kunjungan",
    "Portal Cabang": "Pengumuman, formulir, dan laporan harian cabang",
}
