"""On a telephone, in a real browser: counting with the camera and without reception, signing, maintenance."""

import io
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from accounts.models import User
from approvals import actions as approvals
from approvals.models import Approval, CaseFile, Sealing
from core import files
from inventory import actions as inventory
from inventory import labels
from inventory.models import Asset, CountLine, Handover, MaintenanceTask, Scan, StockTake
from tests.cast import PASSWORD, Cast
from tests.harness.browser import CHROMIUM, PHONE
from tests.harness.events import deliver
from tests.inventory import stage
from tickets.models import Ticket

# The browser's own reader of codes, which Chromium has on telephones only: it sees what the test holds before it.
READER = """
    window.held = [];
    window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code", "code_128"]; }
        async detect() { const code = window.held.shift(); return code ? [{ rawValue: code }] : []; }
    };
"""
Phone = Callable[[User], Page]
expect.set_options(timeout=30_000)


@pytest.fixture
def crew(transactional_db: None) -> Cast:
    """Everybody, in a database that a browser sees."""
    return Cast()


@pytest.fixture(scope="module")
def camera(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, str]]:
    """A telephone whose camera films a label, and the tag on it."""
    place = tmp_path_factory.mktemp("camera") / "labels.mjpeg"
    place.write_bytes(b"".join(_frames(labels.address_of("CAM-00001"))))
    film = [
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={place}",
    ]  # fmt: skip
    browser = chromium.browser_type.launch(**{**CHROMIUM, "args": [*CHROMIUM["args"], *film]})
    yield browser, "CAM-00001"
    browser.close()


def _frames(address: str) -> Iterator[bytes]:
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="png", scale=8, border=4)
    label, frame = Image.open(drawn).convert("RGB"), Image.new("RGB", (640, 480), "white")
    frame.paste(label, ((640 - label.width) // 2, (480 - label.height) // 2))
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=85)
    yield from [out.getvalue()] * 10


def _opened(browser: Browser, live_server: Any, person: User, errors: list[str]) -> Page:
    context = browser.new_context(
        base_url=live_server.url, viewport=PHONE, has_touch=True, device_scale_factor=2, permissions=["camera"]
    )  # fmt: skip
    client = Client()
    client.force_login(person)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda problem: errors.append(str(problem)))
    return page


@pytest.fixture
def phone(camera: tuple[Browser, str], live_server: Any, crew: Cast) -> Iterator[Phone]:
    """A telephone in somebody's hand, signed in; whatever goes wrong in its scripts fails the test."""
    errors: list[str] = []
    opened: list[Page] = []

    def taken(person: User) -> Page:
        opened.append(_opened(camera[0], live_server, person, errors))
        return opened[-1]

    yield taken
    for page in opened:
        page.context.close()
    assert errors == []


def _waits_for(page: Page, number: int) -> None:
    expect(page.locator("[data-waiting] .figures")).to_have_text(str(number))


def _knows(page: Page, code: str) -> None:
    """The server has it: its answer stands in the list."""
    expect(page.locator("[data-lines]")).to_contain_text(code)


def _sends(page: Page, button: str = "main form .form-actions button") -> None:
    with page.expect_navigation():
        page.locator(button).last.click()


def _types(page: Page, code: str) -> None:
    page.fill("form[data-count] [name=code]", code)
    page.press("form[data-count] [name=code]", "Enter")


def test_the_camera_reads_a_label_where_the_browser_cannot(crew: Cast, phone: Phone, camera: Any) -> None:
    """Through jsQR, out of a film of a real label."""
    thing = stage.asset(crew, tag=camera[1])
    counted = stage.take(crew)
    page = phone(crew.branch_head)
    page.goto(f"/assets/counts/{counted.pk}/count/")
    _knows(page, thing.tag)
    line = CountLine.objects.get(take=counted, asset=thing)
    assert line.result == "found"
    assert Scan.objects.filter(take=counted).count() == 1  # held before the camera, it is read once
    other = phone(crew.agent)
    other.goto("/assets/scan/")
    other.wait_for_url(re.compile(rf"/assets/{thing.pk}/$"))


def test_counting_without_reception_loses_nothing_and_doubles_nothing(
    crew: Cast, phone: Phone, live_server: Any
) -> None:
    """Several labels are read while the network is away; the page is opened again, the network comes back."""
    here, other = stage.room(crew), stage.room(crew, "Store")
    first, second = stage.asset(crew, room=here), stage.asset(crew, room=other)
    gone, foreign = stage.asset(crew), stage.asset(crew, "DPS", by=crew.it_manager)
    inventory.move_state(asset=gone, move="retire", reason="Sold.", by=crew.agent)
    counted = stage.take(crew, room=here)
    page = phone(crew.branch_head)
    page.add_init_script(READER)
    page.goto(f"/assets/counts/{counted.pk}/count/")
    page.wait_for_selector("form[data-ready]")
    page.context.set_offline(True)
    page.evaluate("code => held.push(code)", labels.address_of(first.tag))
    _waits_for(page, 1)
    page.evaluate("code => held.push(code)", labels.address_of(second.tag))
    _waits_for(page, 2)
    for number, code in enumerate((gone.tag, foreign.tag, "https://other.example/qr/7"), start=3):
        _types(page, code)
        _waits_for(page, number)
    assert Scan.objects.count() == 0
    page.reload()  # the telephone had closed the tab; without reception the page still opens
    _waits_for(page, 5)
    page.context.set_offline(False)
    page.wait_for_selector("[data-waiting]", state="hidden")
    page.reload()
    page.wait_for_selector("[data-waiting]", state="hidden")
    assert Scan.objects.count() == 5
    lines = {line.code: line for line in CountLine.objects.filter(take=counted)}
    assert {code: line.result for code, line in lines.items()} == {
        first.tag: "found", second.tag: "elsewhere", gone.tag: "retired", foreign.tag: "elsewhere",
        "https://other.example/qr/7": "unknown",
    }  # fmt: skip
    assert lines[second.tag].is_corrected
    assert Asset.objects.get(pk=second.pk).room == here  # its place was put right in the same act
    assert Asset.objects.get(pk=foreign.pk).branch == crew.denpasar  # nobody here may move that one


def test_what_the_server_refuses_stays_on_the_telephone(crew: Cast, phone: Phone) -> None:
    """The counting ended while the telephone had no reception: the scan is told, kept, and sent again afterwards."""
    thing, counted = stage.asset(crew), stage.take(crew)
    page = phone(crew.branch_head)
    page.add_init_script(READER)  # the camera, which films another label, has nothing to say here
    page.goto(f"/assets/counts/{counted.pk}/count/")
    page.wait_for_selector("form[data-ready]")
    page.context.set_offline(True)
    _types(page, thing.tag)
    _waits_for(page, 1)
    inventory.end_count(take=counted, by=crew.agent)
    page.context.set_offline(False)
    line = page.locator("[data-refused-lines] li")
    expect(line).to_contain_text(thing.tag)
    inventory.reopen_count(take=StockTake.objects.get(pk=counted.pk), reason="One more.", by=crew.agent)
    line.locator("button").first.click()
    expect(page.locator("[data-refused-lines] li")).to_have_count(0)
    assert CountLine.objects.get(take=counted, asset=thing).result == "found"


def test_a_branch_is_counted_photographed_and_signed(crew: Cast, phone: Phone, tmp_path: Path) -> None:
    """From the button to the minutes as a sealed PDF, by the head of the branch alone with a telephone."""
    thing, lost = stage.asset(crew, name="Front desk"), stage.asset(crew, name="Laminator")
    photo = tmp_path / "photo.jpg"
    Image.new("RGB", (300, 200), "navy").save(photo, "JPEG")
    page = phone(crew.branch_head)
    page.add_init_script(READER)  # the camera, which films another label, has nothing to say here
    page.goto("/assets/counts/new/")
    page.select_option("[name=place]", f"b{crew.bandung.pk}")
    _sends(page)
    assert page.url.endswith("/count/")
    page.fill("[name=note]", "Beside the window")
    page.set_input_files("[name=photo]", photo)
    _types(page, thing.tag)
    _knows(page, thing.tag)
    counted = StockTake.objects.get()
    assert thing.files.get().name == "photo.jpg"
    page.goto(counted.get_absolute_url() + "end/")
    _sends(page)
    page.goto(counted.get_absolute_url())
    expect(page.locator("main")).to_contain_text(lost.tag)
    page.goto(counted.get_absolute_url() + "sign/")
    page.fill("[name=name]", crew.branch_head.name)
    page.fill("[name=password]", PASSWORD)
    _sends(page, "main form button[type=submit]")
    assert StockTake.objects.get().signed_by == crew.branch_head
    page.goto(f"/approvals/of/inventory.stocktake/{counted.pk}/case-file/")
    _sends(page, "main form button")
    approvals.make_case_files()
    made = CaseFile.objects.get()
    words = "".join(sheet.extract_text() for sheet in PdfReader(files.path_of(made.sha256)).pages)
    assert thing.tag in words
    assert lost.tag in words
    assert crew.branch_head.name in words
    assert made.asked_by == crew.branch_head
    paper = files.path_of(made.sha256).read_bytes()
    for sent, verdict, says in (
        (paper, "genuine", "Tidak satu byte pun berubah"),
        (paper.replace(b"%PDF-1.", b"%PDF-2.", 1), "changed", "telah berubah"),
    ):
        check = Client().post(
            "/verify/", {"file": SimpleUploadedFile("minutes.pdf", sent, "application/pdf")}
        )
        assert check.context["result"].verdict == verdict
        assert says in check.content.decode()


def test_a_laptop_and_its_charger_are_signed_for_and_come_back(
    crew: Cast, phone: Phone, tmp_path: Path
) -> None:
    """IT scans and photographs, the colleague reads, draws a signature, has the receipt; then all of it comes back."""
    laptop, charger = stage.asset(crew, name="Laptop", serial="5CG1"), stage.asset(crew, name="Charger")
    photo = tmp_path / "lid.jpg"
    Image.new("RGB", (300, 200), "gray").save(photo, "JPEG")
    desk = phone(crew.agent)
    desk.add_init_script(READER)
    desk.goto(f"/assets/hand-overs/new/?person={crew.requester.email}&tags={laptop.tag}")
    desk.evaluate("code => held.push(code)", labels.address_of(charger.tag))
    expect(desk.locator("main")).to_contain_text("Charger")
    _sends(desk, "button[name=go]")
    desk.locator(f"[name=condition_{laptop.pk}][value=worn]").check(force=True)
    desk.fill(f"[name=note_{laptop.pk}]", "Goresan di tutup")
    desk.set_input_files(f"[name=photos_{laptop.pk}]", photo)
    _sends(desk)
    made = Handover.objects.get()
    approvals.render_documents()  # a real paper, before `deliver` makes plain ones
    deliver()
    page = phone(crew.requester)
    page.goto("/")
    page.locator(f'main a[href="/approvals/{made.approval_id}/"]').first.click()
    expect(page.locator("main")).to_contain_text("Goresan di tutup")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    _draws(page)
    page.fill("#approve [name$=password]", PASSWORD)
    _sends(page, "#approve button[type=submit]")
    expect(page.locator("main")).to_contain_text(crew.requester.name)
    assert Asset.objects.get(pk=charger.pk).holder == crew.requester
    approvals.render_documents()
    assert not Sealing.objects.exclude(last_error="").values_list("last_error", flat=True)
    form = Approval.objects.select_related("document").get(pk=made.approval_id)
    words = "".join(sheet.extract_text() for sheet in PdfReader(files.path_of(form.document.sha256)).pages)
    assert all(said in words for said in ("Laptop", "Charger", "5CG1", "Goresan di tutup", form.number))
    page.goto(f"/verify/{form.document.code}/")
    expect(page.locator("main")).to_contain_text(crew.requester.name)
    page.goto("/assets/mine/")
    expect(page.locator("main")).to_contain_text(form.number)
    desk.goto(f"/assets/people/{crew.requester.pk}/")
    for box in desk.locator("main [name=tags]").all():
        box.check()
    _sends(desk)
    _sends(desk)
    back = Handover.objects.get(direction="back")
    page.goto(f"/approvals/{back.approval_id}/")
    page.locator("#refuse summary").click()
    page.fill("#refuse [name$=reason]", "Pengisi daya belum saya kembalikan.")
    page.fill("#refuse [name$=password]", PASSWORD)
    _sends(page, "#refuse button[type=submit]")
    assert Asset.objects.get(pk=laptop.pk).holder == crew.requester
    desk.goto("/assets/hand-overs/?show=refused")
    expect(desk.locator("main")).to_contain_text(back.number)


def _draws(page: Page) -> None:
    canvas = page.locator("#approve canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 20 + step * 25, box["y"] + 60 + (-1) ** step * 25)
    page.mouse.up()


def test_maintenance_is_done_beside_the_machine(crew: Cast, phone: Phone, tmp_path: Path) -> None:
    """Readings, a photo, a finding that becomes a request."""
    task = stage.task(crew)
    task.assignee = crew.agent
    task.save(update_fields=["assignee"])
    photo = tmp_path / "fan.jpg"
    Image.new("RGB", (300, 200), "brown").save(photo, "JPEG")
    page = phone(crew.agent)
    page.goto("/assets/maintenance/")
    page.locator(f'main a[href="{task.get_absolute_url()}"]').first.click()
    page.locator("[name=answer_0][value=problem]").check(force=True)
    _sends(page)
    expect(page.locator("[data-errors]")).to_be_visible()
    page.locator("[name=answer_0][value=problem]").check(force=True)
    page.fill("[name=remark_0]", "Kipas berbunyi")
    page.fill("[name=value_1]", "61,5")
    page.set_input_files("[name=photos]", photo)
    _sends(page)
    assert page.url.endswith("/maintenance/")
    done = MaintenanceTask.objects.get(pk=task.pk)
    assert [line["value"] for line in done.results] == ["", "61.5 °C"]
    assert done.asset.files.get().name == "fan.jpg"
    deliver()
    assert "Kipas berbunyi" in Ticket.objects.get().description


def test_a_scan_is_counted_once_however_often_it_is_sent(crew: Cast) -> None:
    """The key is made on the telephone; the second answer says what the first did."""
    thing, counted = stage.asset(crew), stage.take(crew)
    key = uuid.uuid4()
    said = [stage.scan(crew, counted, thing.tag, key=key) for _n in range(3)]
    assert len({line.pk for line in said}) == 1
    assert Scan.objects.count() == 1
