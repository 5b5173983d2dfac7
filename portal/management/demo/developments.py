# ruff: noqa: E501 - a table or a sentence reads better on one line
"""What developments of the demo have beside their stages: plans, hours, a timer, checklists, release windows, a pipeline."""

from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.actions import robot
from accounts.enums import TimeZone
from accounts.models import User
from devflow import actions as devflow
from devflow.enums import EnvironmentKind
from devflow.models import Build, CheckItem, DevelopmentRequest, System
from tickets import actions as tickets
from tickets.enums import TieKind
from tickets.models import Ticket


@dataclass(frozen=True)
class Facts:
    """Of a system: who answers for it in IT and in the business, and what every request that changes it begins with."""

    owners: tuple[str, ...]
    checklist: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """Planned from and until so many days from today; hours that were booked: how many, days ago, what was done."""

    start: int
    finish: int
    booked: tuple[tuple[str, int, str], ...] = field(default=())


FACTS = {
    "HRIS": Facts(("agent", "fitri.handayani", "lina.marlina"), ("Hak akses per peran diperiksa", "Slip contoh dihitung ulang dengan tangan"), ("Apakah gaji atau potongan berubah?",)),
    "POS Kasir": Facts(("rizky.ramadhan", "siti.aminah"), ("Dicoba tanpa jaringan", "Struk dicetak di dua jenis printer")),
    "Gudang Online": Facts(("agent", "eko.prasetyo"), ("Angka stok dibandingkan sebelum dan sesudah",)),
    "Keuangan Pusat": Facts(("rizky.ramadhan", "putri.ayu", "dewi.lestari"), ("Jurnal contoh seimbang", "Laporan bulan lalu tidak berubah"), ("Apakah jurnal yang sudah dibukukan tersentuh?",)),
    "CRM Pelanggan": Facts(("fitri.handayani", "rosmaida")),
    "Portal Cabang": Facts(("rizky.ramadhan", "agent", "requester"), ("Dicoba di ponsel",)),
}  # fmt: skip

WORK = {
    "Pencarian pelanggan berdasarkan nomor ponsel": Work(8, 12),
    "Rekap lembur otomatis di HRIS": Work(16, 27),
    "Persetujuan pembayaran lewat ponsel": Work(44, 76),
    "Rekonsiliasi bank otomatis": Work(24, 50),
    "Formulir cuti dengan persetujuan berjenjang": Work(30, 43),
    "Peta sebaran pelanggan di CRM": Work(19, 40),
    "Cetak label pelat nomor dari data Samsat": Work(12, 18),
    "Mutasi barang antar cabang tanpa kertas": Work(0, 6, (("6", 3, "Aturan mutasi dan nomor dokumen"),)),
    "Ekspor data pajak bulanan": Work(0, 9, (("7", 4, "Susunan berkas pajak"), ("5.5", 2, "Pemeriksaan silang"))),
    "Slip gaji bisa diunduh sendiri": Work(0, 3, (("6", 8, "Rancangan slip"), ("4.5", 5, "Hak akses"))),
    "Catatan keluhan pelanggan dengan foto": Work(0, 3, (("4", 6, "Unggah foto"),)),
    "Pengingat kontrak sewa yang akan habis": Work(0, 3, (("3", 7, "Jadwal pengingat"),)),
    "Laporan penjualan per jam": Work(0, 2, (("7.5", 9, "Hitungan per jam"),)),
    "Surat keterangan kerja otomatis": Work(0, 2, (("1.5", 3, "Naskah surat"),)),
    "Permintaan ATK lewat Portal": Work(0, 3, (("8", 9, "Formulir dan persetujuan"), ("7", 8, "Rekap bulanan"))),
    "Lembur dibayar bersama gaji": Work(1, 14, (("8", 6, "Perhitungan lembur"), ("7.5", 5, "Sambungan ke bank"), ("6", 3, "Slip gabungan"))),
    "Dasbor piutang per cabang": Work(10, 22, (("5", 2, "Tabel umur piutang"),)),
    "Cari surat masuk menurut isi": Work(4, 10, (("3.5", 2, "Indeks isi surat"),)),
    "Gabungkan data pelanggan ganda": Work(4, 10, (("4", 2, "Aturan kemiripan nama"),)),
    "Impor stok awal dari Excel": Work(21, 26),
    "Unduh stok ke Excel untuk opname": Work(28, 33),
    "Antrean pelanggan dengan nomor": Work(12, 24),
    "Pesanan marketplace masuk ke gudang": Work(7, 18),
    "Format e-Faktur baru dari DJP": Work(0, 5, (("2.5", 0, "Format baru"),)),
    "Satu transaksi memotong stok dua kali": Work(0, 1),
    "Pembulatan harga otomatis": Work(2, 8),
}  # fmt: skip

# Alone each stays within the threshold of SOP-A5, together they do not.
ONE_PURPOSE = ("Impor stok awal dari Excel", "Unduh stok ke Excel untuk opname")
TICKED, TIMED = "Slip gaji bisa diunduh sendiri", "Mutasi barang antar cabang tanpa kertas"
MISTYPED = TIMED
RELEASED_BY_ROBOT = "Permintaan ATK lewat Portal"


def describe(systems: dict[str, System], people: dict[str, User], domain: str) -> None:
    """Before the requests: who answers for each system, and what its requests begin with."""
    for name, facts in FACTS.items():
        system = systems[name]
        system.repositories = [f"https://git.{domain}/{name.lower().replace(' ', '-')}"]
        system.checklist, system.risk_questions = list(facts.checklist), list(facts.questions)
        devflow.keep_system(
            system=system, owners=[people[who] for who in facts.owners], by=people["it.manager"],
            fields=["repositories", "checklist", "risk_questions"],
        )  # fmt: skip


def enliven(people: dict[str, User], systems: dict[str, System]) -> None:
    """After the requests: they are planned and worked on, and from now on releases have their times."""
    manager = people["it.manager"]
    for title, work in WORK.items():
        _work(_request(title), work, manager)
    first, second = (_request(title).ticket for title in ONE_PURPOSE)
    tickets.tie(ticket=first, other=second, kind=TieKind.SAME_PURPOSE, by=manager)
    _mistyped(_request(MISTYPED), manager)
    _at_the_desk(people)
    _pipeline(systems["Portal Cabang"], manager)
    _times(systems, manager)


def _request(title: str) -> DevelopmentRequest:
    return DevelopmentRequest.objects.with_list_columns().get(ticket__title=title)


def _work(request: DevelopmentRequest, work: Work, manager: User) -> None:
    today, ticket = timezone.localdate(), Ticket.objects.with_list_columns().get(pk=request.ticket_id)
    begin, end = today + timedelta(days=work.start), today + timedelta(days=work.finish)
    tickets.plan(ticket=ticket, start_date=begin, finish_date=end, by=manager)
    for hours, ago, note in work.booked:
        facts: dict[str, Any] = {"day": today - timedelta(days=ago), "note": note, "by": ticket.assignee}
        devflow.book_hours(request=request, hours=Decimal(hours), **facts)


def _mistyped(request: DevelopmentRequest, manager: User) -> None:
    """Twelve hours in place of one and a half hold the work for a BRM; the manager takes them back."""
    worker, day = request.ticket.assignee, timezone.localdate() - timedelta(days=10)
    facts: dict[str, Any] = {"request": request, "day": day, "note": "Uji mutasi", "by": worker}
    wrong = devflow.book_hours(hours=Decimal(12), **facts)
    devflow.take_back_hours(entry=wrong, reason="Salah ketik, seharusnya 1,5 jam", by=manager)
    devflow.book_hours(hours=Decimal("1.5"), **facts)


def _at_the_desk(people: dict[str, User]) -> None:
    """A timer runs; half of a checklist is ticked."""
    devflow.start_timer(request=_request(TIMED), by=people["agent"])
    request = _request(TICKED)
    lines = CheckItem.objects.filter(request=request).order_by("pk").values_list("pk", flat=True)
    devflow.keep_checklist(request=request, done=set(lines[:1]), new=[], by=people["agent"])


def _pipeline(system: System, manager: User) -> None:
    """A robot carries releases out; one is given to it."""
    server = system.environments.get(kind=EnvironmentKind.PRODUCTION)
    devflow.keep_server(
        system=system, kind=EnvironmentKind.PRODUCTION, deployers=[robot("ci-portal")], by=manager, address=server.address,
    )  # fmt: skip
    build = Build.objects.for_rules().get(request=_request(RELEASED_BY_ROBOT))
    devflow.give_release(build=build, hours=24, by=manager)


def _times(systems: dict[str, System], manager: User) -> None:
    """Evenings only for the books, which are closed around every end of a month; the tills stand still for a while."""
    zone, now = TimeZone.WIB, timezone.now()
    devflow.add_window(
        system=systems["Keuangan Pusat"],
        days=range(4),
        opens=time(19),
        closes=time(22),
        zone=zone,
        by=manager,
    )
    devflow.add_freeze(
        system=systems["Keuangan Pusat"],
        reason="Tutup buku",
        zone=zone,
        last_days=3,
        first_days=2,
        by=manager,
    )
    devflow.add_freeze(
        system=systems["POS Kasir"], reason="Pekan promo cabang", zone=zone, by=manager,
        starts_at=now, ends_at=now + timedelta(days=9),
    )  # fmt: skip
