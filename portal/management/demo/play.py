"""Playing the requests: each step is the action that a person would have called, so every history is true."""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import User
from approvals import actions as approvals
from approvals.enums import Kind as FormKind
from approvals.enums import Outcome
from approvals.models import Approval
from devflow import actions as devflow
from devflow.enums import EnvironmentKind
from devflow.models import Build, DevelopmentRequest, HourEntry, System
from portal.management.demo.requests import Ask
from tickets import actions as tickets
from tickets.enums import Channel, Kind, Priority
from tickets.models import Ticket

TRIAL, TRAINING, PRODUCTION = EnvironmentKind
FRIDAY, WORKING_DAY = 4, 8  # of the week; hours
SCENARIOS = ("Buka dengan akun sendiri", "Isi dengan data nyata kemarin", "Cetak atau unduh hasilnya")


class Player:
    """One request on its way; `people` and `systems` by their names in the demo."""

    def __init__(self, kind: Kind, ask: Ask, people: dict[str, User], systems: dict[str, System]) -> None:
        self.ask, self.people, self.systems = ask, people, systems
        self.requester, self.agent, self.manager = people[ask.who], people[ask.agent], people["it.manager"]
        self.ticket: Ticket = tickets.open_ticket(
            kind=kind,
            title=ask.title,
            description=ask.text,
            details={name: value for name, value in ask.details.items() if value},
            channel=Channel.BROWSER,
            asked_at=timezone.now() - timedelta(minutes=ask.ago),
            by=self.requester,
        )

    # Repairs and data updates ----------------------------------------------------------------------------------

    def accept(self) -> None:
        """The IT Manager answers and decides who does it."""
        tickets.accept(
            ticket=self.ticket,
            priority=Priority(self.ask.priority),
            assignee=self.agent,
            estimate_hours=Decimal(self.ask.hours) if self.ask.hours else None,
            answer_text=self.ask.answer,
            by=self.manager,
        )

    def reject(self) -> None:
        """The IT Manager says no."""
        tickets.reject(ticket=self.ticket, reason=self.ask.answer, by=self.manager)

    def cancel(self) -> None:
        """The requester no longer wants it."""
        tickets.cancel(ticket=self.ticket, by=self.requester)

    def begin(self) -> None:
        """The agent starts and says so among IT."""
        tickets.start(ticket=self.ticket, by=self.agent)
        tickets.note(ticket=self.ticket, text="Mulai diperiksa; belum perlu eskalasi.", by=self.agent)

    def hand_over(self) -> None:
        """The agent asks for a test."""
        tickets.hand_over(ticket=self.ticket, text=self.ask.done, by=self.agent)

    def send_back(self) -> None:
        """The requester is not content."""
        tickets.send_back(
            ticket=self.ticket, text="Sudah lebih baik, tetapi masih sama untuk ukuran F4.", by=self.requester
        )

    def thank(self) -> None:
        """The requester is."""
        tickets.answer(ticket=self.ticket, text="Sudah bisa, terima kasih banyak!", by=self.requester)
        tickets.confirm(ticket=self.ticket, by=self.requester)

    # Developments ----------------------------------------------------------------------------------------------

    @property
    def request(self) -> DevelopmentRequest:
        """The work behind the ticket."""
        return DevelopmentRequest.objects.with_list_columns().get(ticket=self.ticket)

    def _form(self, kind: FormKind) -> Approval:
        return Approval.objects.in_case(self.ticket).filter(kind=kind).order_by("-pk")[:1].get()

    def plan(self) -> None:
        """The agent says which system is changed."""
        request = devflow.plan(request=self.request, system=self.systems[self.ask.system], by=self.agent)
        devflow.prepare(
            request=request, by=self.agent,
            risks={question: question == "data" for question in request.questions},
            risk_notes="Tabel baru ditambahkan; data lama tidak diubah.",
            rollback_plan="Pasang kembali build sebelumnya; tabel baru dibiarkan kosong.",
        )  # fmt: skip

    def write_brm(self) -> None:
        """The requester fills in the form and submits it."""
        brm = self._form(FormKind.BRM)
        content = {
            "objective": f"{self.ask.title}, dipakai oleh semua cabang.",
            "benefit": self.ask.details["benefit"] + ".",
            "if_not_done": "Pekerjaan tetap dilakukan dengan tangan, dan kesalahan yang sama akan terulang.",
            "scope": f"Satu modul di {self.ask.system} dengan laporan dan petunjuk. Tidak termasuk perangkat baru.",
            "risk": "Sedang. Diuji dahulu di Training oleh cabang pemohon.",
            "alternatives": "Membeli modul jadi; lebih mahal dan tidak cocok dengan alur cabang.",
        }
        brm = approvals.save_draft(approval=brm, content=content, version=brm.version, by=self.requester)
        approvals.submit(approval=brm, by=self.requester)

    def decide(self, who: str, kind: FormKind = FormKind.BRM, *, reason: str = "") -> None:
        """Somebody signs, or refuses with a reason."""
        person, form = self.people[who], self._form(kind)
        approvals.decide(
            approval=form,
            outcome=Outcome.REFUSE if reason else Outcome.APPROVE,
            by=person,
            proof=_proof(person, form.content_hash),
            shown_hash=form.content_hash,
            reason=reason,
            ink=approvals.Ink(typed_name=person.name),
        )

    def start(self) -> None:
        """The agent starts on Trial and books the first hours."""
        devflow.start(request=self.request, by=self.agent)
        for hours, note in (("3.5", "Analisis dan rancangan layar"), ("2", "Tabel dan aturan")):
            worked = Decimal(hours)
            devflow.book_hours(
                request=self.request, hours=worked, day=self._day_for(worked), note=note, by=self.agent
            )

    def _day_for(self, hours: Decimal) -> date:
        """The last working day before today on which the agent has worked no more than eight hours with these."""
        day = timezone.localdate() - timedelta(days=1)
        while day.weekday() > FRIDAY or HourEntry.objects.of_day(self.agent, day) + hours > WORKING_DAY:
            day -= timedelta(days=1)
        return day

    def build(self, version: str) -> Build:
        """A new build on Trial."""
        commit = hashlib.sha1(f"{self.ask.title} {version}".encode(), usedforsecurity=False).hexdigest()
        build = devflow.register_build(request=self.request, version=version, commit=commit, by=self.agent)
        devflow.deploy(build=build, kind=TRIAL, by=self.agent, notes="Lancar.")
        return build

    def to_training(self, build: Build) -> None:
        """The requester may test."""
        devflow.deploy(build=build, kind=TRAINING, by=self.agent, scenarios=SCENARIOS)

    def test(self, *results: tuple[str, str]) -> None:
        """The requester runs the scenarios and submits the UAT."""
        uat = approvals.record_results(
            approval=self._form(FormKind.UAT), results=list(results), by=self.requester
        )
        approvals.submit(approval=uat, by=self.requester)

    def pass_test(self) -> None:
        """Everything is as it should be; the requester signs."""
        self.test(*_PASSED)
        self.decide(self.ask.who, FormKind.UAT)

    def fail(self) -> None:
        """The tester found something and refuses to sign."""
        self.test(*_FAILED)
        self.decide(self.ask.who, FormKind.UAT, reason="Tanggal di hasil unduhan bergeser satu hari.")

    def lower(self) -> None:
        """The IT Manager estimates anew."""
        tickets.estimate(
            ticket=self.ticket, hours=Decimal(18), by=self.manager,
            reason="Tim Gudang sudah punya penghubung ke dua dari tiga situs.",
        )  # fmt: skip

    def ask_emergency(self, build: Build) -> None:
        """It cannot wait for the test of its users."""
        devflow.ask_emergency(build=build, reason=f"{self.ask.text} Tidak bisa menunggu.", by=self.agent)

    def agree(self, build: Build, *who: str) -> None:
        """The word of one of the two, over what they read."""
        for name in who:
            build = Build.objects.for_rules().get(pk=build.pk)
            shown = build.emergency.content_hash
            devflow.agree_emergency(
                build=build, by=self.people[name], proof=_proof(self.people[name], shown), shown_hash=shown
            )

    def take_back(self, build: Build) -> None:
        """A released build was found bad; the one before it runs again."""
        devflow.roll_back(
            build=build, restore=Build.objects.to_restore(build).order_by("-pk").first(), by=self.manager,
            reason="Struk di dua cabang menampilkan harga nol.",
        )  # fmt: skip

    def release(self, build: Build) -> None:
        """The IT Manager puts the signed build on Production."""
        devflow.deploy(
            build=build, kind=PRODUCTION, by=self.manager, notes="Dirilis di luar jam kerja cabang."
        )


def _proof(person: User, content_hash: str) -> accounts.Proof:
    """That it is really them, over this content."""
    occasion = accounts.Occasion(about=content_hash)
    return accounts.confirm(by=person, secret=settings.DEMO_PASSWORD, occasion=occasion)


def _steps(*names: str) -> Callable[[Player], None]:
    def play(player: Player) -> None:
        for name in names:
            getattr(player, name)()

    return play


def _brm(*who: str) -> Callable[[Player], None]:
    def play(player: Player) -> None:
        _steps("accept", "plan", "write_brm")(player)
        for name in who:
            player.decide(name)

    return play


def _brm_refused(player: Player) -> None:
    _brm()(player)
    player.decide(
        "director", reason="Manfaatnya belum sebanding dengan 50 jam kerja. Pakai formulir di Portal dahulu."
    )


def _started(player: Player) -> Build:
    """On Trial, with the BRM where the hours ask for one."""
    if Decimal(player.ask.hours) > 20:
        _brm("director", "board")(player)
    else:
        _steps("accept", "plan")(player)
    player.start()
    return player.build(player.ask.version)


def _training(player: Player) -> Build:
    build = _started(player)
    player.to_training(build)
    return build


_PASSED = (("passed", ""), ("passed", "Hasilnya sama dengan catatan kami."), ("passed", ""))
_FAILED = (("passed", ""), ("failed", "Tanggalnya bergeser satu hari."), ("passed", ""))


def _tested_and_failed(player: Player) -> None:
    _training(player)
    player.fail()


def _second_try(player: Player) -> None:
    _tested_and_failed(player)
    build = player.build(f"{player.ask.version}-2")
    player.to_training(build)
    player.pass_test()
    player.release(build)


def _emergency_asked(player: Player) -> Build:
    build = _training(player)
    player.ask_emergency(build)
    player.agree(build, "it.manager")
    return build


def _emergency(player: Player) -> None:
    build = _emergency_asked(player)
    player.agree(build, "db.manager")
    player.release(build)


def _rolled_back(player: Player) -> None:
    build = _ready(player)
    player.release(build)
    player.take_back(build)


def _ready(player: Player) -> Build:
    build = _training(player)
    player.pass_test()
    return build


def _on_hold(player: Player) -> None:
    _started(player)
    devflow.hold(
        request=player.request, reason="Menunggu contoh data dari Samsat minggu depan.", by=player.agent
    )


def _finished(player: Player) -> None:
    player.release(_ready(player))


STAGES: dict[str, Callable[[Player], object]] = {
    "new": _steps(),
    "rejected": _steps("reject"),
    "cancelled": _steps("cancel"),
    "waiting": _steps("accept"),
    "working": _steps("accept", "begin"),
    "testing": _steps("accept", "begin", "hand_over"),
    "returned": _steps("accept", "begin", "hand_over", "send_back"),
    "done": _steps("accept", "begin", "hand_over", "thank"),
    "accepted": _steps("accept"),
    "held": _steps("accept", "plan"),
    "brm_director": _brm(),
    "brm_board": _brm("director"),
    "brm_refused": _brm_refused,
    "trial": _started,
    "trial_brm": _started,
    "training": _training,
    "failed": _tested_and_failed,
    "ready": _ready,
    "finished": _finished,
    "second_try": _second_try,
    "rolled_back": _rolled_back,
    "emergency": _emergency,
    "emergency_asked": _emergency_asked,
    "lowered": _steps("accept", "plan", "lower"),
    "on_hold": _on_hold,
    "withdrawn": _steps("accept", "plan", "cancel"),
}
