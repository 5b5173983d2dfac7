"""Files of assets: uploaded, their columns named, tried without keeping anything, imported as a whole or not at all.

A row says what is to be done; a process of its own does it (`manage.py perform_import`), which the sweep starts. It may
be killed at any moment: then nothing was written, and the sweep starts it again.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from core import files, locks, tables
from core.database import was_overtaken
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire
from events import actions as events
from events import doorbell
from events.enums import Audience
from inventory import columns, rules
from inventory.actions.bringing import Bringing, Row, held_for, tag_of
from inventory.enums import ImportEvent, ImportMode, ImportState
from inventory.models import AssetImport, AssetType, ImportProblem

MOST_ROWS = 100_000
MOST_ATTEMPTS = 5
AT_ONCE = 2  # processes; each takes a processor and holds its assets
RESEND = timedelta(seconds=30)  # a process that was started takes its row long before
_PREVIEW = 8
_BATCH = 500
_CELL = 120  # characters of a cell in the preview
_MOST_LOCKED = 2000  # assets that are locked one by one; beyond it all of them
_REMEMBERED = 20  # imports of a person in which headings are looked up


class _Undone(Exception):
    """Nothing of this pass is kept."""


# Asked by a person ---------------------------------------------------------------------------------------------------


def upload(*, name: str, file: BinaryIO, by: User) -> AssetImport:
    """A file of assets, kept as it came, with its first rows and what its columns seem to be.

    For whoever keeps the inventory of some branch; PermissionDenied for others. Raises NotPossible with a sentence for
    a file that is no table, too large, broken, or written in an encoding that breaks off: it names the row.
    """
    if not rules.keeps_anywhere(None, by):
        raise PermissionDenied
    stored = files.take(file)
    with tables.opened(files.path_of(stored.sha256)) as table:
        preview, total = _first_rows(table.rows)
        facts = {
            "form": table.form,
            "encoding": table.encoding,
            "delimiter": table.delimiter,
            "header": table.header,
        }
    kinds = AssetType.objects.visible_to(by).in_use()
    mapping = columns.guessed(facts["header"], kinds, _remembered(by))
    return _keep(
        by, name=files.safe_name(name), sha256=stored.sha256, size=stored.size, preview=preview, mapping=mapping,
        total=total, **facts,
    )  # fmt: skip


@transaction.atomic
def _keep(by: User, **facts: Any) -> AssetImport:
    job = AssetImport.objects.create(by=by, **facts)
    _record(ImportEvent.UPLOADED, job, by)
    return job


def _first_rows(rows: Iterator[Row]) -> tuple[list[list[str]], int]:
    """The first rows, shortened, and how many there are. Reading all of them finds what is broken at the end."""
    preview: list[list[str]] = []
    total = 0
    for _number, cells in rows:
        total += 1
        if total <= _PREVIEW:
            preview.append([cell[:_CELL] for cell in cells])
        if total > MOST_ROWS:
            raise NotPossible(
                _("The file has more than %(most)s rows. Send it in parts.") % {"most": f"{MOST_ROWS:,}"}
            )
    if not total:
        raise NotPossible(_("There are no rows in the file."))
    return preview, total


def _remembered(by: User) -> dict[str, str]:
    """What the person made of headings before, the newest word last."""
    found: dict[str, str] = {}
    rows = AssetImport.objects.filter(by=by).exclude(asked_at=None).order_by("-pk")[:_REMEMBERED]
    for job in reversed(rows):
        found |= dict(zip(map(columns.plain, job.header), job.mapping, strict=False))
    return found


@transaction.atomic
def ask_check(
    *,
    job: AssetImport,
    mapping: Sequence[str],
    by: User,
    mode: str = ImportMode.BOTH,
    defaults: dict[str, Any] | None = None,
) -> AssetImport:
    """Name the columns and have all rows tried; nothing is kept of that.

    `defaults`: the `type` and `branch` (ids) of new assets whose row names none; `empties`: whether an empty cell
    empties its field. Raises NotPossible for a field that is named twice, or where it is not known what is imported.
    """
    job = AssetImport.objects.lock(job)
    known = {*columns.BY_KEY, *(f.key for f in columns.own_fields(AssetType.objects.visible_to(by)))}
    named = [key for key in mapping if key]
    if len(set(named)) < len(named):
        raise NotPossible(_("Two columns cannot be the same field."))
    if len(mapping) != len(job.header) or set(named) - known:
        raise NotPossible(_("Say for each column which field it is, or that it is left out."))
    job.mapping, job.mode, job.defaults = list(mapping), ImportMode(mode), dict(defaults or {})
    job.found = {}
    _begin(job, "check_rows", by)
    _record(ImportEvent.ASKED, job, by, rows=job.total)
    return job


@transaction.atomic
def ask_import(*, job: AssetImport, by: User) -> AssetImport:
    """Have the rows imported, all or none; only where the trial found nothing wrong."""
    job = AssetImport.objects.lock(job)
    _begin(job, "run", by)
    _record(ImportEvent.STARTED, job, by)
    return job


def _begin(job: AssetImport, move: str, by: User) -> None:
    job.asked_at, job.sent_at, job.attempts, job.done, job.why = timezone.now(), None, 0, 0, ""
    fire(job, move, by=by)
    transaction.on_commit(lambda: doorbell.ring("inventory.bring_in"))


@transaction.atomic
def cancel_import(*, job: AssetImport, by: User) -> AssetImport:
    """It is not wanted any more; what was imported stays."""
    job = AssetImport.objects.lock(job)
    job.ended_at = timezone.now()
    fire(job, "cancel", by=by)
    _record(ImportEvent.CANCELLED, job, by)
    return job


def _record(what: ImportEvent, job: AssetImport, by: User, **facts: Any) -> None:
    events.record(what, job.case, by=by, audience=Audience.STAFF, name=job.name, **facts)


# Done by the worker --------------------------------------------------------------------------------------------------


def bring_in(*, now: Any = None) -> list[int]:
    """Start a process for imports that wait, or whose process has died; which ones.

    No more than `AT_ONCE` are at work: the others wait for the sweep after one of them ends, who asked first first.
    """
    sent = _next_ones(now or timezone.now())
    for job in sent:
        _spawn(job)
    return [job.pk for job in sent]


@transaction.atomic
def _next_ones(now: Any) -> list[AssetImport]:
    """Those whose turn it is, marked as started. One at a time chooses them."""
    locks.wait_for("inventory.bring_in")
    waiting, busy = [], 0
    for job in AssetImport.objects.at_work().order_by("asked_at", "pk"):
        if (job.sent_at is None or job.sent_at <= now - RESEND) and _is_free(job):
            waiting.append(job)
        else:
            busy += 1
    chosen = waiting[: max(0, AT_ONCE - busy)]
    AssetImport.objects.filter(pk__in=[job.pk for job in chosen]).update(sent_at=now)
    return chosen


def _is_free(job: AssetImport) -> bool:
    with locks.alone("inventory.import", job.pk) as is_free:
        return is_free


def _spawn(job: AssetImport) -> None:
    """A process of its own: it has no time limit of a task, and its memory goes with it."""
    words = [sys.executable, str(settings.ROOT / "manage.py"), "perform_import", str(job.pk)]
    subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, cwd=settings.ROOT
    )


def perform_import(*, job: AssetImport, by: User) -> AssetImport | None:
    """Try or import the rows, in the language of who uploaded them. None where it does not wait or is being done.

    Nothing is ever half imported: all rows, their events and the state of the file are one transaction.
    """
    with locks.alone("inventory.import", job.pk) as is_mine:
        if not is_mine:
            return None
        waiting = AssetImport.objects.at_work().select_related("by").filter(pk=job.pk).first()
        if waiting is None:
            return None
        AssetImport.objects.filter(pk=job.pk).update(attempts=waiting.attempts + 1, done=0)
        with translation.override(waiting.by.language), timezone.override(waiting.by.zone):
            if waiting.attempts >= MOST_ATTEMPTS:
                return _fail(waiting, _("Its process died several times. Ask the administrator."), by)
            try:
                return _performed(waiting, by)
            except NotPossible as refusal:
                return _fail(waiting, str(refusal), by)


def _performed(job: AssetImport, by: User) -> AssetImport:
    """Its rows, tried or imported; once more where somebody else registered one of their new tags meanwhile.

    Nobody can hold a tag that does not exist yet, so two files with the same new ones may meet, even wait for each
    other in a circle. The one that PostgreSQL ends wrote nothing; it begins again without other imports beside it, and
    finds the tags of the first.
    """
    act = _import if job.state == ImportState.RUNNING else _try
    for turn in range(MOST_ATTEMPTS):
        try:
            return act(job, by, alone=turn > 0)
        except DatabaseError as problem:
            if not was_overtaken(problem):
                raise
    raise NotPossible(_("Others register assets with the same tags all the time. Import the file later."))


def _beside(job: AssetImport, *, alone: bool) -> None:
    """First of all locks of a transaction: a share of all imports, or all of them."""
    if alone:
        locks.hold_all("inventory.import")
    else:
        locks.hold("inventory.import", job.pk)


def _try(job: AssetImport, by: User, *, alone: bool) -> AssetImport:
    """Every batch is written and taken back at once: nobody who works on its assets waits for longer than that."""
    pass_ = Bringing(job, held=None)
    with tables.opened(files.path_of(job.sha256)) as table:
        for batch in _batches(table.rows):
            with _undone():
                _beside(job, alone=alone)
                pass_.take(batch)
            AssetImport.objects.filter(pk=job.pk).update(done=pass_.counted.total())
    pass_.finish()
    return _checked(job, pass_, by)


@contextmanager
def _undone() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            raise _Undone
    except _Undone:
        return


def _import(job: AssetImport, by: User, *, alone: bool) -> AssetImport:
    """Everything in one transaction, which first of all holds what it may change: no two can wait in a circle.

    Somebody saw what the trial found and wanted that. Where it is something else by now, they are asked again.
    """
    tags = _tags(job)
    try:
        with _progress(job) as say, transaction.atomic():
            _beside(job, alone=alone)
            pass_ = Bringing(job, held=held_for(by=job.by, tags=tags, most=_MOST_LOCKED))
            with tables.opened(files.path_of(job.sha256)) as table:
                for batch in _batches(table.rows):
                    pass_.take(batch)
                    say(pass_.counted.total())
            pass_.finish()
            if _figures(pass_) != job.found:
                raise _Undone
            return _done(job, pass_, by)
    except _Undone:
        others = _("Others changed or registered assets of this file meanwhile: look at the new figures.")
        return _checked(job, pass_, by, why="" if pass_.counted["wrong"] else others)


def _tags(job: AssetImport) -> set[str]:
    """What stands in the columns of tags, those of the wholes among them."""
    columns = [job.mapping.index(key) for key in ("tag", "parent") if key in job.mapping]
    if not columns:
        return set()
    with tables.opened(files.path_of(job.sha256)) as table:
        found = (cells[n] for _number, cells in table.rows for n in columns if n < len(cells))
        return {tag for cell in found if (tag := tag_of(job=job, cell=cell))}


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _progress(job: AssetImport) -> Iterator[Any]:
    """Says how far it is over a connection of its own: nobody sees into the transaction of the import itself."""
    beside = connection.copy()

    def say(done: int) -> None:
        with beside.cursor() as cursor:
            cursor.execute("UPDATE inventory_assetimport SET done = %s WHERE id = %s", [done, job.pk])

    try:
        yield say
    finally:
        beside.close()


@transaction.atomic
def _checked(job: AssetImport, found: Bringing, by: User, *, why: str = "") -> AssetImport:
    """All rows were tried; what is wrong with them stands beside the file, and why they are not imported as asked."""
    job = AssetImport.objects.lock(job)
    job.why = why
    job.problems.all().delete()
    ImportProblem.objects.bulk_create(
        (
            ImportProblem(of=job, row=row, column=column, said=said)
            for row, column, said in sorted(found.problems)
        ),
        batch_size=1000,
    )
    _take_figures(job, found)
    fire(job, "to_checked", by=by)
    _record(ImportEvent.CHECKED, job, by, **job.found)
    return job


def _done(job: AssetImport, found: Bringing, by: User) -> AssetImport:
    """In the transaction of the rows themselves."""
    job = AssetImport.objects.lock(job)
    _take_figures(job, found)
    job.ended_at = timezone.now()
    fire(job, "to_done", by=by)
    _record(ImportEvent.DONE, job, job.by, **job.found)
    return job


def _figures(found: Bringing) -> dict[str, int]:
    return {name: found.counted[name] for name in ("new", "changed", "same", "wrong")}


def _take_figures(job: AssetImport, found: Bringing) -> None:
    job.found = _figures(found)
    job.done, job.attempts = job.total, 0


@transaction.atomic
def _fail(job: AssetImport, why: str, by: User) -> AssetImport:
    job = AssetImport.objects.lock(job)
    job.why, job.ended_at = why[:500], timezone.now()
    fire(job, "to_failed", by=by)
    _record(ImportEvent.FAILED, job, by, why=job.why)
    return job
