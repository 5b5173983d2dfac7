"""Which assets one may see, and which ones a list wants."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Lower, Upper

from accounts.enums import Role
from core.querysets import Rows
from inventory import rules, search, versions
from inventory.enums import KEPT, How, ImportState, RenewableState, TaskState

if TYPE_CHECKING:
    from inventory.models import (  # noqa: F401
        Asset,
        AssetFile,
        AssetImport,
        AssetType,
        CountLine,
        Handover,
        HandoverLine,
        ImportProblem,
        Installation,
        MaintenancePlan,
        MaintenanceTask,
        PlanWorker,
        Renewable,
        RenewableFile,
        Repair,
        Room,
        Scan,
        SoftwareTitle,
        SoftwareVersion,
        StockTake,
    )


NEVER = date.max  # the end of what has none, for lists


def areas(user: Any) -> set[Any]:
    """The branches whose inventory a person sees: those of their IT and audit roles, those they head, their own.

    None among them means all.
    """
    headed = [a.branch_id for a in user.authorities if a.role == Role.BRANCH_HEAD]
    own = [user.branch_id] if user.branch_id else []
    return {*user.note_areas, *headed, *own}


class AssetRows(Rows["Asset"]):
    """Assets."""

    def visible_to(self, user: Any) -> "AssetRows":
        """Staff and heads those of their branches, everybody what they hold; IT and auditors by their area."""
        seen = areas(user)
        if None in seen:
            return self
        mine = Q(holder=user)
        return self.filter(mine | Q(branch_id__in=seen)) if seen else self.filter(mine)

    def called(self, tags: Iterable[str]) -> "AssetRows":
        """Those with these tags, whatever their capitals: no two assets differ by them alone."""
        return self.alias(tag_in_capitals=Upper("tag")).filter(
            tag_in_capitals__in={tag.upper() for tag in tags}
        )

    def kept(self) -> "AssetRows":
        """Those that are somewhere: neither lost nor retired."""
        return self.filter(state__in=KEPT)

    def due_before(self, instant: datetime) -> "AssetRows":
        """Those that must be verified before that instant (SOP-B4.1.1)."""
        return self.kept().filter(due_at__lt=instant)

    def counted_by_branch(self, now: datetime, soon: datetime) -> list[dict[str, Any]]:
        """For each branch: how many there are, how many are overdue, soon due, and known by their agent's reports."""
        counted: Any = (
            self.order_by()
            .values("branch")
            .annotate(
                total=Count("pk"),
                overdue=Count("pk", filter=Q(due_at__lte=now)),
                soon=Count("pk", filter=Q(due_at__gt=now, due_at__lt=soon)),
                by_agent=Count("pk", filter=Q(verified_how=How.AGENT, due_at__gt=now)),
            )
        )
        found: list[dict[str, Any]] = list(counted)
        return found

    def untold(self, now: datetime, soon: datetime) -> "AssetRows":
        """Due soon or overdue, and nobody has been told so yet."""
        overdue = Q(due_at__lte=now) & ~Q(told="overdue")
        warned = Q(due_at__gt=now, due_at__lt=soon, told="")
        return self.kept().filter(overdue | warned)

    def saying(self, question: str) -> "AssetRows":
        """In whose tag, serial number, name, maker, model or note every word stands, or a beginning of it."""
        found: AssetRows = search.narrowed(self, question)
        return found

    def with_list_columns(self) -> "AssetRows":
        """Loads what a list shows."""
        return self.select_related("type", "branch", "room", "holder")

    def with_page_columns(self) -> "AssetRows":
        """Loads what the page of one asset shows."""
        rows = self.select_related(
            "type", "branch", "room", "holder", "parent__type", "verified_by", "custody__approval"
        )
        # Of the signed form only its number is shown, not its items; whether it has parts decides what can be done.
        parts = Exists(self.model._default_manager.filter(parent=OuterRef("pk")).order_by())
        return rows.defer("custody__approval__content").annotate(is_a_whole=parts)


class HandoverRows(Rows["Handover"]):
    """Hand-overs and returns."""

    def visible_to(self, user: Any) -> "HandoverRows":
        """One's own, and for IT staff, heads and auditors those of their branches."""
        seen = {*user.note_areas, *(a.branch_id for a in user.authorities if a.role == Role.BRANCH_HEAD)}
        if None in seen:
            return self
        mine = Q(person=user) | Q(signer=user) | Q(recorded_by=user)
        return self.filter(mine | Q(branch_id__in=seen)) if seen else self.filter(mine)

    def waiting(self) -> "HandoverRows":
        """Not signed yet."""
        return self.filter(approval__state="pending")

    def refused(self) -> "HandoverRows":
        """Whoever was asked to sign did not."""
        return self.filter(approval__state="refused")

    def with_list_columns(self) -> "HandoverRows":
        """Loads what a list shows."""
        rows = self.select_related("branch", "person", "signer", "recorded_by", "approval")
        return rows.annotate(items=Count("lines", distinct=True))


class HandoverLineRows(Rows["HandoverLine"]):
    """Items of hand-overs."""

    def visible_to(self, user: Any) -> "HandoverLineRows":
        """With the hand-over."""
        rows: Any = self.model._meta.get_field("handover").related_model
        return self.pointing_to(rows.objects.visible_to(user), "handover")

    def waiting(self) -> "HandoverLineRows":
        """Of hand-overs that are not signed yet."""
        return self.filter(handover__approval__state="pending")

    def with_list_columns(self) -> "HandoverLineRows":
        """Loads what a list shows."""
        return self.select_related("asset__type", "asset__branch", "handover__approval", "handover__person")


class _OfAsset:
    """Rows that are seen with their asset."""

    def visible_to(self, user: Any) -> Any:
        """With the asset."""
        assets: Any = self.model._meta.get_field("asset").related_model  # type: ignore[attr-defined]
        return self.pointing_to(assets.objects.visible_to(user), "asset")  # type: ignore[attr-defined]


class RepairRows(_OfAsset, Rows["Repair"]):
    """Repairs."""

    def between(self, first: datetime, last: datetime) -> "RepairRows":
        """Begun then."""
        return self.filter(started_at__gte=first, started_at__lt=last)


class AssetTypeRows(Rows["AssetType"]):
    """Types of assets."""

    def visible_to(self, user: Any) -> "AssetTypeRows":
        """Their names stand on every asset: everybody sees them."""
        return self

    def in_use(self) -> "AssetTypeRows":
        """Those of which new assets are registered."""
        return self.filter(is_active=True).order_by("name", "pk")


class RoomRows(Rows["Room"]):
    """Rooms of branches."""

    def visible_to(self, user: Any) -> "RoomRows":
        """Those of the branches whose inventory one sees."""
        seen = areas(user)
        return self if None in seen else self.filter(branch_id__in=seen)

    def of(self, branch: int) -> "RoomRows":
        """Those of one branch that still exist."""
        return self.filter(branch=branch, is_active=True).order_by("name", "pk")

    def in_use(self) -> "RoomRows":
        """Those that still exist."""
        return self.filter(is_active=True).order_by("branch__name", "name", "pk")


class FileRows(_OfAsset, Rows["AssetFile"]):
    """Documents and photos of assets."""


class TitleRows(Rows["SoftwareTitle"]):
    """Names of software."""

    def visible_to(self, user: Any) -> "TitleRows":
        """What IT installs is for IT and auditors to read; others see what is on the assets they see."""
        return self if rules.reads_records(None, user) else self.none()

    def saying(self, question: str) -> "TitleRows":
        """In whose name or publisher every word stands, or a beginning of it."""
        words = search.words_in(question)
        if not words:
            return self.none()
        from_start = SearchQuery(
            " & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw"
        )
        found: TitleRows = self.annotate(said=SearchVector("name", "publisher", config="simple")).filter(
            said=from_start
        )
        return found

    def with_lower_name(self) -> "TitleRows":
        """Loads the name by which a list is ordered."""
        return self.annotate(lower_name=Lower("name"))

    def of_licence(self, licence: Any) -> "TitleRows":
        """The programs that a licence is about."""
        rows = self.filter(name__istartswith=licence.title_words)
        return (
            rows.filter(publisher__istartswith=licence.publisher_words) if licence.publisher_words else rows
        )


class VersionRows(Rows["SoftwareVersion"]):
    """Versions of titles."""

    def visible_to(self, user: Any) -> "VersionRows":
        """With the title."""
        titles: Any = self.model._meta.get_field("title").related_model
        return self.pointing_to(titles.objects.visible_to(user), "title")

    def of(self, title: Any) -> "VersionRows":
        """Those of one title."""
        return self.filter(title=title)

    def compared(self, how: str, version: str) -> "VersionRows":
        """Those `below` a version, `from` it on, or `is`; one that nobody knows is neither."""
        known = self.exclude(version="")
        key = versions.key(version)
        lookup = {"below": "key__lt", "from": "key__gte", "is": "key"}[how]
        return known.filter(**{lookup: key})


class InstallationRows(_OfAsset, Rows["Installation"]):
    """What is installed where."""

    def current(self) -> "InstallationRows":
        """Still installed when the machine was last heard of."""
        return self.filter(gone_at=None)

    def with_list_columns(self) -> "InstallationRows":
        """Loads what a list shows."""
        return self.select_related("title", "asset__type", "asset__branch")

    def with_machine_columns(self) -> "InstallationRows":
        """Loads what a list of the machines with a title shows."""
        return self.select_related("asset__type", "asset__branch", "asset__room", "asset__holder")

    def counted_by_version(self) -> list[dict[str, Any]]:
        """On how many machines each version is, those on most of them first."""
        rows: Any = (
            self.order_by().values("version").annotate(count=Count("pk")).order_by("-count", "version")
        )
        return list(rows)

    def of_licence(self, licence: Any) -> "InstallationRows":
        """Where the programs of a licence are installed now, in its branch or everywhere."""
        titles: Any = self.model._meta.get_field("title").related_model
        rows = self.current().filter(title__in=titles.objects.get_queryset().of_licence(licence))
        return rows.filter(asset__branch=licence.branch_id) if licence.branch_id else rows


class _OfBranch:
    """Rows of a branch, seen by whoever sees its inventory and counts or keeps it."""

    def visible_to(self, user: Any) -> Any:
        """Its IT staff, its head, auditors."""
        seen = {*user.note_areas, *(a.branch_id for a in user.authorities if a.role == Role.BRANCH_HEAD)}
        return self if None in seen else self.filter(branch_id__in=seen)  # type: ignore[attr-defined]


class PlanRows(Rows["MaintenancePlan"]):
    """Maintenance plans."""

    def visible_to(self, user: Any) -> "PlanRows":
        """IT staff and auditors: those of all branches, and of theirs."""
        areas: list[Any] = user.note_areas
        if None in areas:
            return self
        return self.filter(Q(branch=None) | Q(branch__in=areas)) if areas else self.none()

    def active(self) -> "PlanRows":
        """Not ended."""
        return self.filter(ended_at=None)


class WorkerRows(Rows["PlanWorker"]):
    """Among whom maintenance is spread."""

    def visible_to(self, user: Any) -> "WorkerRows":
        """As the plans."""
        plans: Any = self.model._meta.get_field("plan").related_model
        return self.pointing_to(plans.objects.visible_to(user), "plan")


class TaskRows(Rows["MaintenanceTask"]):
    """Maintenance of assets in periods."""

    def visible_to(self, user: Any) -> "TaskRows":
        """IT staff, heads and auditors of the branch where the asset is."""
        seen = {*user.note_areas, *(a.branch_id for a in user.authorities if a.role == Role.BRANCH_HEAD)}
        return self if None in seen else self.filter(asset__branch_id__in=seen)

    def open(self) -> "TaskRows":
        """To do."""
        return self.filter(state=TaskState.OPEN)

    def counted_by_day(self, today: date) -> dict[date, dict[str, int]]:
        """For each day on which something is due: how much is to do, done, and late."""
        late = Q(state=TaskState.OPEN, due_date__lt=today)
        rows: Any = self.order_by().values("due_date").annotate(
            to_do=Count("pk", filter=Q(state=TaskState.OPEN)), done=Count("pk", filter=Q(state=TaskState.DONE)),
            late=Count("pk", filter=late),
        )  # fmt: skip
        return {row.pop("due_date"): row for row in rows}

    def overdue(self, today: date) -> "TaskRows":
        """To do, and their period has ended."""
        return self.open().filter(due_date__lt=today)

    def with_list_columns(self) -> "TaskRows":
        """Loads what a list shows."""
        return self.select_related(
            "plan", "asset__type", "asset__branch", "asset__room", "assignee", "done_by"
        )


class TakeRows(_OfBranch, Rows["StockTake"]):
    """Stock-takes."""

    def with_list_columns(self) -> "TakeRows":
        """Loads what a list shows."""
        return self.select_related("branch", "room", "opened_by", "counted_by", "signed_by")


class LineRows(Rows["CountLine"]):
    """Lines of stock-takes."""

    def visible_to(self, user: Any) -> "LineRows":
        """With the stock-take."""
        takes: Any = self.model._meta.get_field("take").related_model
        return self.pointing_to(takes.objects.visible_to(user), "take")

    def with_list_columns(self) -> "LineRows":
        """Loads what a list shows."""
        return self.select_related("asset__type", "asset__branch", "asset__room", "seen_by", "photo")


class ScanRows(Rows["Scan"]):
    """Scans."""

    def visible_to(self, user: Any) -> "ScanRows":
        """With the stock-take."""
        takes: Any = self.model._meta.get_field("take").related_model
        return self.pointing_to(takes.objects.visible_to(user), "take")


class ImportRows(Rows["AssetImport"]):
    """Files of assets."""

    def visible_to(self, user: Any) -> "ImportRows":
        """One's own, as long as one keeps the inventory of some branch: what else is in a file is nobody's business."""
        return self.filter(by=user) if rules.keeps_anywhere(None, user) else self.none()

    def at_work(self) -> "ImportRows":
        """The worker has them."""
        return self.filter(state__in=(ImportState.CHECKING, ImportState.RUNNING))


class ProblemRows(Rows["ImportProblem"]):
    """What is wrong with rows."""

    def visible_to(self, user: Any) -> "ProblemRows":
        """With the file."""
        files: Any = self.model._meta.get_field("of").related_model
        return self.pointing_to(files.objects.visible_to(user), "of")


class RenewableRows(Rows["Renewable"]):
    """Licences, contracts and certificates."""

    def visible_to(self, user: Any) -> "RenewableRows":
        """IT staff and auditors: those of the group, and of their branches."""
        areas: list[Any] = user.note_areas
        if None in areas:
            return self
        return self.filter(Q(branch=None) | Q(branch__in=areas)) if areas else self.none()

    def active(self) -> "RenewableRows":
        """Those of which somebody is warned."""
        return self.filter(state=RenewableState.ACTIVE)

    def with_end(self) -> "RenewableRows":
        """Loads the day by which a list is ordered: one without an end comes after all others."""
        return self.annotate(until=Coalesce("ends_date", Value(NEVER)))

    def to_warn(self, today: date) -> "RenewableRows":
        """Somebody must be warned by now."""
        return self.filter(warn_date__lte=today)

    def to_count(self, since: datetime) -> "RenewableRows":
        """Licences whose programs were not counted since then."""
        known = self.active().exclude(title_words="").filter(Q(counted_at=None) | Q(counted_at__lt=since))
        return known.order_by(F("counted_at").asc(nulls_first=True), "pk")

    def with_list_columns(self) -> "RenewableRows":
        """Loads what a list shows."""
        return self.select_related("branch", "responsible")


class RenewableFileRows(Rows["RenewableFile"]):
    """Documents of these."""

    def visible_to(self, user: Any) -> "RenewableFileRows":
        """With what they belong to."""
        things: Any = self.model._meta.get_field("renewable").related_model
        return self.pointing_to(things.objects.visible_to(user), "renewable")
