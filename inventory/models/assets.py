"""Types of assets, rooms, assets, and the files that belong to them."""

from typing import Any

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core import labels
from core.transitions import StateField
from inventory import gates, rules, search
from inventory.enums import ASSET_MOVES, KEPT, AssetState, FieldKind, How
from inventory.querysets import AssetRows, AssetTypeRows, FileRows, RoomRows

_TAG = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._/-]{1,29}$", _("Letters, digits, dots, dashes and slashes."))
_PREFIX = RegexValidator(r"^[A-Z]{2,6}$", _("Two to six capital letters."))
_KEPT = [state.value for state in KEPT]
_KINDS = frozenset(FieldKind.values)


class AssetType(models.Model):
    """What kind of thing an asset is, and what else is written down about such things.

    `fields` is a list of `{"name": "ram", "label": "RAM (GB)", "kind": "number", "choices": [], "is_active": true}`:
    the own fields of the type, in their order, whose values stand in `Asset.details` under their names.
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    prefix = models.CharField(
        _("tags begin with"), max_length=6, validators=[_PREFIX], help_text=_("PC makes tags like PC-00012.")
    )
    icon = models.CharField(_("icon"), max_length=40, blank=True, db_default="", default="device-desktop")
    fields = models.JSONField(_("own fields"), default=list, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = AssetTypeRows.as_manager()

    class Meta:
        verbose_name = _("type of asset")
        verbose_name_plural = _("types of assets")

    def __str__(self) -> str:
        return self.name

    @property
    def own_fields(self) -> list[dict[str, Any]]:
        """The well-formed ones among `fields`."""
        found = [f for f in self.fields if isinstance(f, dict)] if isinstance(self.fields, list) else []
        return [f for f in found if f.get("name") and f.get("kind") in _KINDS]

    @property
    def asked_fields(self) -> list[dict[str, Any]]:
        """Those that are still filled in; the others only keep what assets have in them."""
        return [f for f in self.own_fields if f.get("is_active", True)]


class Room(models.Model):
    """A place in a branch: a room, a counter, a server rack."""

    branch = models.ForeignKey(
        "accounts.Branch", verbose_name=_("branch"), on_delete=models.PROTECT, related_name="rooms"
    )
    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = RoomRows.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [models.UniqueConstraint(fields=["branch", "name"], name="room_once_in_a_branch")]

    def __str__(self) -> str:
        return self.name


class Asset(models.Model):
    """One thing that the group owns or rents, from its registration to the end; never deleted.

    `verified_at`: when an admitted agent's report or a person last said that it exists (SOP-B4.1.1); `due_at` follows
    from it in PostgreSQL. `last_seen_at`: when its agent last reported, verified or not. `details`: the type's own
    fields.
    """

    tag = models.CharField(_("tag"), max_length=30, unique=True, validators=[_TAG])
    type = models.ForeignKey(AssetType, verbose_name=_("type"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100, blank=True, db_default="", default="")
    serial = models.CharField(_("serial number"), max_length=100, blank=True, db_default="", default="")
    maker = models.CharField(_("maker"), max_length=80, blank=True, db_default="", default="")
    model = models.CharField(_("model"), max_length=100, blank=True, db_default="", default="")
    branch = models.ForeignKey(
        "accounts.Branch",
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    room = models.ForeignKey(
        Room, verbose_name=_("room"), on_delete=models.PROTECT, null=True, related_name="assets"
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("holder"), on_delete=models.PROTECT, null=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    custody = models.ForeignKey(
        "inventory.Handover", verbose_name=_("signed for by"), on_delete=models.PROTECT, null=True, editable=False,
        related_name="+", db_index=False,
    )  # fmt: skip
    state = StateField(_("state"), default=AssetState.IN_STOCK, choices=AssetState.choices, protected=True)
    parent = models.ForeignKey(
        "self", verbose_name=_("belongs to"), on_delete=models.PROTECT, null=True, related_name="parts"
    )
    purchase_date = models.DateField(_("bought on"), null=True)
    supplier = models.CharField(_("supplier"), max_length=100, blank=True, db_default="", default="")
    cost = models.DecimalField(
        _("cost (Rp)"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    warranty_date = models.DateField(_("warranty until"), null=True)
    note = models.TextField(_("note"), blank=True, db_default="", default="")
    details = models.JSONField(_("own fields"), default=dict, blank=True)
    created_at = models.DateTimeField(_("registered"), default=timezone.now)
    changed_at = models.DateTimeField(_("last changed"), default=timezone.now)
    verified_at = models.DateTimeField(_("verified"), null=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )  # fmt: skip
    verified_how = models.CharField(
        _("verified by"), max_length=12, choices=How, blank=True, db_default="", default=""
    )
    due_at = models.DateTimeField(_("to be verified until"), default=timezone.now, editable=False)
    told = models.CharField(max_length=8, blank=True, db_default="", default="", editable=False)
    last_seen_at = models.DateTimeField(_("last report"), null=True)
    words = SearchVectorField(null=True, editable=False)

    objects = AssetRows.as_manager()
    get_state_display = labels.of("state", AssetState)

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        indexes = [
            models.Index(fields=["branch", "-id"], name="asset_of_branch"),
            models.Index(
                fields=["holder", "-id"], name="asset_of_holder", condition=models.Q(holder__isnull=False)
            ),
            models.Index(fields=["-changed_at", "-id"], name="asset_by_change"),
            models.Index(fields=["due_at", "id"], name="asset_by_due", condition=models.Q(state__in=_KEPT)),
            models.Index(
                fields=["branch", "due_at"], name="asset_due_in_branch", condition=models.Q(state__in=_KEPT)
            ),
            models.Index(fields=["state", "-id"], name="asset_of_state"),
            models.Index(fields=["serial"], name="asset_by_serial", condition=~models.Q(serial="")),
            models.Index(
                fields=["warranty_date"],
                name="asset_by_warranty",
                condition=models.Q(warranty_date__isnull=False),
            ),
            GinIndex(fields=["words"], name="asset_words"),
        ]
        constraints = [
            models.UniqueConstraint(Upper("tag"), name="asset_tag_once_whatever_its_capitals"),
            models.CheckConstraint(
                condition=models.Q(state__in=AssetState.values), name="asset_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(verified_at=None, verified_by=None, verified_how="")
                | models.Q(verified_at__isnull=False, verified_by__isnull=False, verified_how__in=How.values),
                name="asset_is_verified_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")),
                name="asset_is_not_its_own_part",
            ),
            models.CheckConstraint(
                condition=models.Q(cost=None) | models.Q(cost__gte=0), name="asset_cost_is_not_negative"
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="asset_moves_as_declared", field="state", transitions=ASSET_MOVES),
            pgtrigger.Trigger(
                name="asset_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=gates.DUE,
            ),
            pgtrigger.Trigger(
                name="asset_keeps_its_custody",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("holder_id", "custody_id"),  # type: ignore[no-untyped-call]
                func=gates.CUSTODY,
            ),
            pgtrigger.Trigger(
                name="asset_words_are_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("tag", "serial", "name", "maker", "model", "note"),  # type: ignore[no-untyped-call]
                func=search.WORDS,
            ),
            pgtrigger.Protect(
                name="asset_tag_is_for_life",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("tag", "created_at"),
            ),
            pgtrigger.Protect(name="asset_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.tag} {self.title}".strip()

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("inventory:asset", args=[self.pk])

    @property
    def title(self) -> str:
        """What people call it: its name, else maker and model."""
        return self.name or f"{self.maker} {self.model}".strip()

    @cached_property
    def has_parts(self) -> bool:
        """Others belong to it; asked of PostgreSQL once."""
        told: bool | None = getattr(self, "is_a_whole", None)  # loaded with the page
        return self.parts.exists() if told is None else told

    @property
    def own_values(self) -> list[tuple[str, Any]]:
        """The labels and values of the type's own fields, those that are filled in."""
        return [
            (f.get("label") or f["name"], self.details[f["name"]])
            for f in self.type.own_fields
            if self.details.get(f["name"]) not in (None, "")
        ]

    # Moves of its life: each has a reason, which the event keeps ------------------------------------------------

    @fsm.transition(
        state, source=["in_stock", "repair", "lost"], target="in_use", permission=rules.keeps,
        conditions=[rules.has_a_place],
    )  # fmt: skip
    def put_in_use(self) -> None:
        """Somebody works with it."""

    @fsm.transition(
        state, source=["in_use", "repair", "lost", "retired"], target="in_stock", permission=rules.keeps,
        conditions=[rules.is_not_in_custody],
    )  # fmt: skip
    def put_in_stock(self) -> None:
        """It lies ready for the next one."""

    @fsm.transition(state, source=["in_stock", "in_use"], target="repair", permission=rules.keeps)
    def send_to_repair(self) -> None:
        """It is broken and being mended."""

    @fsm.transition(state, source=["in_stock", "in_use", "repair"], target="lost", permission=rules.keeps)
    def declare_lost(self) -> None:
        """Nobody knows where it is."""

    @fsm.transition(
        state, source=["in_stock", "in_use", "repair", "lost"], target="retired", permission=rules.keeps,
        conditions=[rules.is_not_in_custody, rules.has_no_parts],
    )  # fmt: skip
    def retire(self) -> None:
        """It is sold, given back or thrown away; its history stays."""

    # Acts that leave the state as it is --------------------------------------------------------------------------

    @fsm.transition(state, source="*", target=None, permission=rules.keeps, conditions=[rules.is_not_retired])
    def change(self) -> None:
        """Its facts, its place, its holder."""

    @fsm.transition(
        state, source="*", target=None, permission=rules.keeps,
        conditions=[rules.is_at_hand, rules.is_not_in_custody],
    )  # fmt: skip
    def hand_over(self) -> None:
        """Somebody is asked to sign for it."""

    @fsm.transition(state, source="*", target=None, permission=rules.keeps, conditions=[rules.has_a_holder])
    def take_back(self) -> None:
        """Whoever holds it is asked to sign its return."""

    @fsm.transition(
        state, source="*", target=None, permission=rules.may_verify, conditions=[rules.is_not_retired]
    )
    def verify(self) -> None:
        """It exists and is where it should be."""


class AssetFile(models.Model):
    """A photo or a document of an asset; its content lies under its hash."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = FileRows.as_manager()

    class Meta:
        verbose_name = _("file of an asset")
        verbose_name_plural = _("files of assets")

    def __str__(self) -> str:
        return self.name
