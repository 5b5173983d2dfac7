"""How the API writes assets, and what it reads for their verbs."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from accounts.models import Branch, User
from accounts.shapes import BranchShape, PersonShape
from approvals.enums import ApprovalState
from core.endpoints import GateShape, Seen, gates
from inventory.actions import LONGEST_NAMES, MOST_LEADS
from inventory.enums import (
    Answer,
    Condition,
    FieldKind,
    Found,
    ImportMode,
    LineKind,
    RenewableKind,
    TaskState,
)
from inventory.models import (
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
    Renewable,
    RenewableFile,
    Room,
    SoftwareTitle,
    StockTake,
)

# The verbs of an asset by the name of their address, with the transition behind each.
MOVES = {
    "change": "change", "verify": "verify", "put-in-use": "put_in_use", "put-in-stock": "put_in_stock",
    "send-to-repair": "send_to_repair", "declare-lost": "declare_lost", "retire": "retire", "files": "verify",
    "hand-over": "hand_over", "take-back": "take_back",
}  # fmt: skip


class AssetTypeShape(serializers.ModelSerializer[AssetType]):
    """A type of asset with its own fields."""

    class Meta:
        model = AssetType
        fields = ["id", "name", "prefix", "icon", "fields", "is_active"]


class OwnFieldShape(serializers.Serializer[Any]):
    """A field of a type's own. `name` is for good; an `is_active` of false keeps what assets have and asks no more."""

    name = serializers.CharField(max_length=30)
    label = serializers.CharField(max_length=60, required=False, allow_blank=True)  # type: ignore[assignment]  # its word
    kind = serializers.ChoiceField(FieldKind.choices)
    choices = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    is_active = serializers.BooleanField(required=False, default=True)


class AssetTypeGiven(serializers.ModelSerializer[AssetType]):
    """What makes a type of asset."""

    fields = OwnFieldShape(many=True, required=False)  # type: ignore[assignment]  # the column's name

    class Meta:
        model = AssetType
        fields = ["name", "prefix", "icon", "fields", "is_active"]


class AssetTypeChanged(serializers.Serializer[Any]):
    """What changes; the own fields are given whole, in their order."""

    name = serializers.CharField(max_length=60, required=False)
    prefix = serializers.CharField(max_length=6, required=False)
    icon = serializers.CharField(max_length=40, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)
    fields = OwnFieldShape(many=True, required=False)  # type: ignore[assignment]  # the column's name


class RoomShape(serializers.ModelSerializer[Room]):
    """A room of a branch."""

    branch = BranchShape()

    class Meta:
        model = Room
        fields = ["id", "branch", "name", "is_active"]


class RoomGiven(serializers.Serializer[Any]):
    """A new room."""

    branch = Seen(Branch)
    name = serializers.CharField(max_length=80)


class RoomChanged(serializers.Serializer[Any]):
    """Another name, or that it is no longer used."""

    name = serializers.CharField(max_length=80, required=False)
    is_active = serializers.BooleanField(required=False)


class AssetShape(serializers.ModelSerializer[Asset]):
    """An asset as lists show it."""

    type = serializers.CharField(source="type.name")
    type_id = serializers.IntegerField()
    branch = BranchShape()
    room = serializers.CharField(source="room.name", allow_null=True, default=None)
    room_id = serializers.IntegerField(allow_null=True)
    holder = PersonShape(allow_null=True)
    custody_id = serializers.IntegerField(
        allow_null=True, help_text="The hand-over by which the holder signed for it; null: nobody did."
    )
    state_label = serializers.CharField(
        source="get_state_display", help_text="The state in the caller's language."
    )

    class Meta:
        model = Asset
        fields = [
            "id", "tag", "type", "type_id", "name", "serial", "maker", "model", "branch", "room", "room_id", "holder",
            "custody_id", "state", "state_label", "parent_id", "purchase_date", "supplier", "cost", "warranty_date",
            "created_at", "changed_at", "verified_at", "verified_how", "due_at", "last_seen_at",
        ]  # fmt: skip


class AssetFileShape(serializers.ModelSerializer[AssetFile]):
    """A photo or a document of an asset."""

    added_by = PersonShape()
    url = serializers.SerializerMethodField(help_text="Where to download it.")

    class Meta:
        model = AssetFile
        fields = ["id", "name", "content_type", "size", "sha256", "added_by", "added_at", "url"]

    def get_url(self, row: AssetFile) -> str:
        """Its address."""
        return str(reverse("asset-file", args=[row.asset_id, row.pk], request=self.context.get("request")))


class AssetDetailShape(AssetShape):
    """An asset with everything one may read of it."""

    details = serializers.DictField(help_text="The values of the type's own fields.")
    verified_by = PersonShape(allow_null=True)
    files = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField(help_text="What the caller can do with it now.")

    class Meta(AssetShape.Meta):
        fields = [*AssetShape.Meta.fields, "note", "details", "verified_by", "files", "verbs"]

    @extend_schema_field(AssetFileShape(many=True))
    def get_files(self, asset: Asset) -> Any:
        """Its photos and documents, oldest first."""
        rows = AssetFile.objects.visible_to(self.context["request"].user).filter(asset=asset)
        return AssetFileShape(
            rows.select_related("added_by").order_by("pk"), many=True, context=self.context
        ).data

    @extend_schema_field(GateShape(many=True))
    def get_verbs(self, asset: Asset) -> Any:
        """The same answers that the calls would give."""
        return gates(asset, self.context["request"].user, MOVES)


class AssetChanged(serializers.Serializer[Any]):
    """Facts about an asset; what is left out stays as it is."""

    name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    serial = serializers.CharField(max_length=100, allow_blank=True, required=False)
    maker = serializers.CharField(max_length=80, allow_blank=True, required=False)
    model = serializers.CharField(max_length=100, allow_blank=True, required=False)
    branch = Seen(Branch, required=False)
    room = Seen(Room, required=False, allow_null=True)
    holder = Seen(User, required=False, allow_null=True)
    parent = Seen(Asset, required=False, allow_null=True)  # type: ignore[assignment]  # a field of the body
    purchase_date = serializers.DateField(required=False, allow_null=True)
    supplier = serializers.CharField(max_length=100, allow_blank=True, required=False)
    cost = serializers.DecimalField(
        max_digits=15, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    warranty_date = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    details = serializers.DictField(required=False)


class AssetGiven(AssetChanged):
    """A new asset. Without a tag it gets the next one of its type."""

    type = Seen(AssetType)
    branch = Seen(Branch)
    tag = serializers.CharField(max_length=30, required=False, allow_blank=True)


class AssetReasonGiven(serializers.Serializer[Any]):
    """Why the state changes."""

    reason = serializers.CharField(max_length=500)


class StockGiven(AssetReasonGiven):
    """Why, and what a repair cost that ends with it."""

    cost = serializers.DecimalField(
        max_digits=15, decimal_places=2, min_value=0, required=False, allow_null=True, default=None
    )


class UseGiven(StockGiven):
    """To whom and where it goes."""

    branch = Seen(Branch)
    room = Seen(Room, required=False, allow_null=True, default=None)
    holder = Seen(User, required=False, allow_null=True, default=None)


class VerifyGiven(serializers.Serializer[Any]):
    """It exists."""

    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class AssetFileGiven(serializers.Serializer[Any]):
    """A photo or a document."""

    file = serializers.FileField()


class ImportFiguresShape(serializers.Serializer[Any]):
    """How many rows are what, as the last check or the import found them."""

    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    wrong = serializers.IntegerField()


class AssetImportShape(serializers.ModelSerializer[AssetImport]):
    """A file of assets."""

    header = serializers.ListField(child=serializers.CharField())
    mapping = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        help_text="For each heading its field, empty for none; an own field of types is `own:` and its label.",
    )
    found = serializers.SerializerMethodField(help_text="Null before the first check.")
    state_label = serializers.CharField(
        source="get_state_display", help_text="The state in the caller's language."
    )

    class Meta:
        model = AssetImport
        fields = [
            "id", "name", "size", "form", "encoding", "delimiter", "header", "mapping", "mode", "state", "state_label",
            "done", "total", "found", "why", "created_at", "ended_at",
        ]  # fmt: skip

    @extend_schema_field(ImportFiguresShape(allow_null=True))
    def get_found(self, job: AssetImport) -> Any:
        """Figures, or nothing yet."""
        return job.found or None


class ImportColumnsGiven(serializers.Serializer[Any]):
    """What each column is, and what holds for rows that do not say."""

    mapping = serializers.ListField(child=serializers.CharField(allow_blank=True), max_length=200)
    mode = serializers.ChoiceField(ImportMode.choices, default=ImportMode.BOTH)
    type = Seen(AssetType, required=False, allow_null=True, default=None)
    branch = Seen(Branch, required=False, allow_null=True, default=None)
    empties = serializers.BooleanField(default=False, help_text="An empty cell empties its field.")


class ImportProblemShape(serializers.ModelSerializer[ImportProblem]):
    """What is wrong with a row."""

    class Meta:
        model = ImportProblem
        fields = ["row", "column", "said"]


class SoftwareShape(serializers.ModelSerializer[SoftwareTitle]):
    """A program."""

    class Meta:
        model = SoftwareTitle
        fields = ["id", "name", "publisher"]


class TitleVersionShape(serializers.Serializer[Any]):
    """A version, and on how many machines it is."""

    version = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()


class RenewableFileShape(serializers.ModelSerializer[RenewableFile]):
    """A document."""

    added_by = PersonShape()
    url = serializers.SerializerMethodField(help_text="Where to download it.")

    class Meta:
        model = RenewableFile
        fields = ["id", "name", "content_type", "size", "sha256", "added_by", "added_at", "url"]

    def get_url(self, row: RenewableFile) -> str:
        """Its address."""
        return str(
            reverse("renewable-file", args=[row.renewable_id, row.pk], request=self.context.get("request"))
        )


class RenewableShape(serializers.ModelSerializer[Renewable]):
    """A licence, a contract or a certificate."""

    branch = BranchShape(allow_null=True)
    responsible = PersonShape(allow_null=True)
    lead_days = serializers.ListField(child=serializers.IntegerField())
    is_overused = serializers.BooleanField(
        help_text="More installed than paid for, when it was last counted."
    )

    class Meta:
        model = Renewable
        fields = [
            "id", "kind", "name", "reference", "partner", "branch", "responsible", "title_words", "publisher_words",
            "seats", "used", "counted_at", "is_overused", "starts_date", "ends_date", "cost", "lead_days", "warn_date",
            "host_names", "note", "state", "created_at",
        ]  # fmt: skip


class RenewableChanged(serializers.Serializer[Any]):
    """Facts; what is left out stays as it is."""

    name = serializers.CharField(max_length=150, required=False)
    reference = serializers.CharField(max_length=100, allow_blank=True, required=False)
    partner = serializers.CharField(max_length=100, allow_blank=True, required=False)
    branch = Seen(Branch, required=False, allow_null=True)
    responsible = Seen(User, required=False, allow_null=True)
    title_words = serializers.CharField(max_length=200, allow_blank=True, required=False)
    publisher_words = serializers.CharField(max_length=150, allow_blank=True, required=False)
    seats = serializers.IntegerField(min_value=1, max_value=10_000_000, required=False, allow_null=True)
    starts_date = serializers.DateField(required=False, allow_null=True)
    ends_date = serializers.DateField(required=False, allow_null=True)
    cost = serializers.DecimalField(
        max_digits=15, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    lead_days = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=MOST_LEADS, required=False
    )
    host_names = serializers.CharField(
        max_length=LONGEST_NAMES, allow_blank=True, required=False, help_text="Of a certificate, one a line."
    )
    note = serializers.CharField(max_length=5000, allow_blank=True, required=False)


class RenewableGiven(RenewableChanged):
    """A new one."""

    kind = serializers.ChoiceField(RenewableKind.choices)
    name = serializers.CharField(max_length=150)


class CertificateGiven(serializers.Serializer[Any]):
    """The file of a certificate, and whose it is."""

    file = serializers.FileField()
    branch = Seen(Branch, required=False, allow_null=True)
    responsible = Seen(User, required=False, allow_null=True)


class RenewGiven(serializers.Serializer[Any]):
    """Until when it goes on."""

    ends_date = serializers.DateField()
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class InstallationShape(serializers.ModelSerializer[Installation]):
    """A program on an asset."""

    title = SoftwareShape()
    asset_tag = serializers.CharField(source="asset.tag")

    class Meta:
        model = Installation
        fields = ["id", "asset_id", "asset_tag", "title", "version", "installed_date", "found_at"]


class HandoverLineShape(serializers.ModelSerializer[HandoverLine]):
    """One thing that changes hands."""

    asset_tag = serializers.CharField(source="asset.tag")
    condition = serializers.ChoiceField(Condition.choices)

    class Meta:
        model = HandoverLine
        fields = ["id", "asset_id", "asset_tag", "condition", "note"]


class HandoverShape(serializers.ModelSerializer[Handover]):
    """A hand-over or a return. Its form is signed or refused like any other: `approvals/{approval_id}/decide/`."""

    branch = BranchShape()
    person = PersonShape()
    signer = PersonShape()
    recorded_by = PersonShape()
    number = serializers.CharField()
    state = serializers.ChoiceField(ApprovalState.choices)

    class Meta:
        model = Handover
        fields = [
            "id", "number", "direction", "state", "branch", "person", "signer", "without_reason", "note", "approval_id",
            "recorded_by", "recorded_at",
        ]  # fmt: skip


class HandoverDetailShape(HandoverShape):
    """The same with its items; photos and the receipt belong to its form."""

    lines = serializers.SerializerMethodField()

    class Meta(HandoverShape.Meta):
        fields = [*HandoverShape.Meta.fields, "lines"]

    @extend_schema_field(HandoverLineShape(many=True))
    def get_lines(self, row: Handover) -> Any:
        """Its items."""
        lines = HandoverLine.objects.visible_to(self.context["request"].user).filter(handover=row)
        return HandoverLineShape(lines.select_related("asset").order_by("asset_id"), many=True).data


class ItemGiven(serializers.Serializer[Any]):
    """A thing, and how it looks."""

    asset = Seen(Asset)
    condition = serializers.ChoiceField(Condition.choices, default=Condition.GOOD)
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class HandoverGiven(serializers.Serializer[Any]):
    """Who gets which things in which condition."""

    person = Seen(User)
    items = ItemGiven(many=True)
    note = serializers.CharField(max_length=2000, allow_blank=True, required=False, default="")


class HandoverBackGiven(HandoverGiven):
    """Who gives back which things; `without_reason`, where nobody can sign and the IT Manager does instead."""

    without_reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class PlanLineShape(serializers.Serializer[Any]):
    """A line of a checklist; `low` and `high` are the limits of a reading, empty for none."""

    text = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(LineKind.choices, default=LineKind.CHECK)
    unit = serializers.CharField(max_length=20, allow_blank=True, default="")
    low = serializers.CharField(max_length=30, allow_blank=True, default="")
    high = serializers.CharField(max_length=30, allow_blank=True, default="")


class MaintenancePlanShape(serializers.ModelSerializer[MaintenancePlan]):
    """A plan of maintenance."""

    branch = BranchShape(allow_null=True)
    lines = PlanLineShape(many=True)
    workers = PersonShape(many=True)

    class Meta:
        model = MaintenancePlan
        fields = ["id", "name", "type_id", "branch", "times_a_month", "lines", "workers", "started_date"]


class MaintenancePlanGiven(serializers.Serializer[Any]):
    """What makes a plan."""

    name = serializers.CharField(max_length=100)
    type = Seen(AssetType)
    branch = Seen(Branch, required=False, allow_null=True, default=None)
    times_a_month = serializers.IntegerField(min_value=0, max_value=100, default=1)
    lines = PlanLineShape(many=True)
    workers = Seen(User, many=True)


class MaintenancePlanChanged(serializers.Serializer[Any]):
    """What changes of a plan."""

    name = serializers.CharField(max_length=100, required=False)
    type = Seen(AssetType, required=False)
    branch = Seen(Branch, required=False, allow_null=True)
    times_a_month = serializers.IntegerField(min_value=0, max_value=100, required=False)
    lines = PlanLineShape(many=True, required=False)
    workers = Seen(User, many=True, required=False)


class VerifiedBranchShape(serializers.Serializer[Any]):
    """The six months of one branch, in numbers of assets."""

    branch = serializers.IntegerField()
    total = serializers.IntegerField()
    overdue = serializers.IntegerField()
    soon = serializers.IntegerField(help_text="Due within a month.")
    by_agent = serializers.IntegerField(help_text="Verified by the reports of their agents.")


class MaintenanceShape(serializers.ModelSerializer[MaintenanceTask]):
    """The maintenance of one asset in one period."""

    plan = serializers.CharField(source="plan.name")
    asset_tag = serializers.CharField(source="asset.tag")
    branch = BranchShape(source="asset.branch")
    assignee = PersonShape(allow_null=True)
    done_by = PersonShape(allow_null=True)
    state = serializers.ChoiceField(TaskState.choices)
    lines = PlanLineShape(source="plan.lines", many=True)
    results = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = MaintenanceTask
        fields = [
            "id", "plan", "plan_id", "asset_id", "asset_tag", "branch", "period_date", "due_date", "assignee", "state",
            "lines", "results", "note", "done_at", "done_by",
        ]  # fmt: skip


class CheckedGiven(serializers.Serializer[Any]):
    """How a line of the checklist turned out."""

    answer = serializers.ChoiceField(Answer.choices, required=False, default="")
    value = serializers.CharField(max_length=30, allow_blank=True, required=False, default="")
    remark = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class MaintenanceDoneGiven(serializers.Serializer[Any]):
    """An answer for every line, in their order."""

    answers = CheckedGiven(many=True)
    note = serializers.CharField(max_length=2000, allow_blank=True, required=False, default="")


class AssigneeGiven(serializers.Serializer[Any]):
    """Who does it."""

    assignee = Seen(User)


class StockTakeShape(serializers.ModelSerializer[StockTake]):
    """A stock-take."""

    branch = BranchShape()
    room = serializers.CharField(source="room.name", allow_null=True, default=None)
    state_label = serializers.CharField(source="get_state_display")
    opened_by = PersonShape()
    signed_by = PersonShape(allow_null=True)

    class Meta:
        model = StockTake
        fields = [
            "id", "number", "branch", "room", "room_id", "state", "state_label", "opened_by", "opened_at", "counted_at",
            "signed_by", "signed_at", "content_hash",
        ]  # fmt: skip


class StockTakeGiven(serializers.Serializer[Any]):
    """What is counted."""

    branch = Seen(Branch)
    room = Seen(Room, required=False, allow_null=True, default=None)


class CountLineShape(serializers.ModelSerializer[CountLine]):
    """A line of a stock-take."""

    result = serializers.ChoiceField(Found.choices)
    seen_by = PersonShape(allow_null=True)

    class Meta:
        model = CountLine
        fields = [
            "id", "code", "asset_id", "is_expected", "result", "is_corrected", "was_at", "note", "seen_by", "seen_at",
        ]  # fmt: skip


class ScanGiven(serializers.Serializer[Any]):
    """One scan; `key` is made where it was scanned, so that sending it twice counts once."""

    key = serializers.UUIDField()
    code = serializers.CharField(max_length=300)
    at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    correct = serializers.BooleanField(required=False, default=True)
    room = Seen(Room, required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class SignTakeGiven(serializers.Serializer[Any]):
    """The signature of the head of the branch over `content_hash`."""

    shown = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=100)
    password = serializers.CharField(
        max_length=200, trim_whitespace=False, write_only=True, required=False, allow_blank=True, default="",
        help_text="The password, or the code of the authenticator app where one is enrolled.",
    )  # fmt: skip
    credential = serializers.JSONField(
        required=False, write_only=True, default=None,
        help_text="Instead of `password`: the passkey's answer to `sign-challenge`, as WebAuthn's JSON has it.",
    )  # fmt: skip
