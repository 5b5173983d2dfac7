"""What people of the demo group hold, signed for or not yet; repairs; some of the month's maintenance."""

from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import Branch, User
from approvals import actions as approvals
from approvals.enums import Outcome
from approvals.models import Approval
from events import actions as events
from inventory import actions as inventory
from inventory.actions import Item
from inventory.enums import Condition
from inventory.models import Asset, AssetType, Handover, MaintenanceTask

# key: name, prefix, own fields
PORTABLE = {
    "laptop": ("Laptop", "LT", [{"name": "ram", "label": "RAM (GB)", "kind": "number"}]),
    "monitor": ("Monitor", "MN", [{"name": "inch", "label": "Ukuran (inci)", "kind": "number"}]),
    "charger": ("Pengisi daya", "CH", []),
}
GONE = ("Bagus Firmansyah", "bagus.firmansyah")  # left last month, with a laptop that nobody took back
SENTENCES = {"done": "Dikerjakan di tempat.", "hot": "Kipas berbunyi, perlu diganti."}


def fill(people: dict[str, User], branch: Branch) -> None:
    """In the branch of the requester: one hand-over signed, one waiting, one refused; and what a leaver still has."""
    manager, sari, dewi = people["it.manager"], people["requester"], people["dewi.lestari"]
    kinds = {
        key: inventory.keep_type(type=AssetType(name=n, prefix=p, fields=f), fields=["name"], by=manager)
        for key, (n, p, f) in PORTABLE.items()
    }

    def thing(key: str, maker: str, model: str, serial: str, parent: Asset | None = None) -> Asset:
        return inventory.register(
            type=kinds[key], branch=branch, by=manager, maker=maker, model=model, serial=serial, parent=parent,
            cost=Decimal(14_500_000) if key == "laptop" else None, purchase_date=timezone.localdate(),
        )  # fmt: skip

    laptop = thing("laptop", "Lenovo", "ThinkPad E14", "PF4K1A2B")
    charger = thing("charger", "Lenovo", "65 W USB-C", "8SSA10R1", parent=laptop)
    items = [Item(laptop, Condition.NEW), Item(charger, Condition.NEW, "Kabel 1,8 m")]
    _signed(
        inventory.hand_over(person=sari, items=items, by=manager, note="Untuk kerja di luar kantor."), sari
    )
    monitor = thing("monitor", "Dell", "P2422H", "CN0F7K")
    inventory.hand_over(
        person=sari, items=[Item(monitor, Condition.GOOD, "Gores kecil di kaki")], by=people["agent"]
    )
    old = thing("laptop", "HP", "ProBook 440 G7", "5CD0261Q")
    offered = inventory.hand_over(person=dewi, items=[Item(old, Condition.WORN)], by=people["agent"])
    _signed(offered, dewi, refused="Baterainya hanya bertahan dua puluh menit.")
    gone = accounts.enrol(
        email=f"{GONE[1]}@kumala.example", name=GONE[0], branch=branch, password=settings.DEMO_PASSWORD
    )
    left = thing("laptop", "Acer", "TravelMate P2", "NXVPR")
    _signed(inventory.hand_over(person=gone, items=[Item(left)], by=manager), gone)
    gone.is_active = False
    events.keep_reference(row=gone, fields=["is_active"], by=people["admin"])
    _repaired(manager, branch)
    _maintained()


def _signed(made: Handover, by: User, *, refused: str = "") -> None:
    assert made.approval is not None
    form = Approval.objects.get(pk=made.approval.pk)
    occasion = accounts.Occasion(about=form.content_hash)
    approvals.decide(
        approval=form, outcome=Outcome.REFUSE if refused else Outcome.APPROVE, by=by,
        proof=accounts.confirm(by=by, secret=settings.DEMO_PASSWORD, occasion=occasion),
        shown_hash=form.content_hash, reason=refused, ink=approvals.Ink(typed_name=by.name),
    )  # fmt: skip


def _repaired(manager: User, branch: Branch) -> None:
    """The printer of the branch was in repair twice, once with its price; it is back."""
    printer = Asset.objects.filter(branch=branch, type__name="Printer").order_by("pk")[:1].get()
    for cost, why in ((Decimal(350_000), "Roller menarik dua lembar."), (None, "Tinta bocor.")):
        inventory.move_state(asset=printer, move="send_to_repair", reason=why, by=manager)
        inventory.move_state(
            asset=printer, move="put_in_stock", reason="Sudah diperbaiki.", cost=cost, by=manager
        )
    inventory.move_state(asset=printer, move="put_in_use", reason="Kembali ke kasir.", by=manager)


def _maintained() -> None:
    """Some of the month is done, one of it with a finding that becomes a request."""
    tasks = (
        MaintenanceTask.objects.with_list_columns()
        .filter(state="open", assignee__isnull=False)
        .order_by("pk")
    )
    for number, task in enumerate(tasks[:9]):
        answers = [
            {"answer": "ok", "value": "61" if line["kind"] == "reading" else "", "remark": ""}
            for line in task.plan.lines
        ]
        if number == 4:
            answers[1] = {"answer": "problem", "value": "", "remark": SENTENCES["hot"]}
        assert task.assignee is not None
        inventory.finish_task(task=task, answers=answers, note=SENTENCES["done"], by=task.assignee)
