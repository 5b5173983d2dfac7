"""Which clocks run, which are due, and how they are counted."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from clocks.enums import CASES, ClockState
from core.querysets import Rows

if TYPE_CHECKING:
    from clocks.models import Calendar, CalendarVersion, Clock, ClockPolicy, Pause  # noqa: F401


class ClockRows(Rows["Clock"]):
    """Promises."""

    def visible_to(self, user: Any) -> "ClockRows":
        """Those of their branches for IT staff and auditors; for others, those of the cases that they may see."""
        if user.reads_everything:
            return self
        seen = Q(branch_id__in=user.note_areas)
        for label in CASES:
            cases: Any = self.model._meta.apps.get_model(label)
            seen |= Q(case_type=label, case_id__in=cases.objects.visible_to(user).order_by().values("pk"))
        return self.filter(seen)

    def of(self, subject: models.Model, promise: str) -> "ClockRows":
        """The clocks of one promise about one subject."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk, promise=promise)

    def in_case(self, label: str, number: int) -> "ClockRows":
        """All clocks of one case, oldest first."""
        return self.filter(case_type=label, case_id=number).order_by("pk")

    def running(self) -> "ClockRows":
        """Not yet answered."""
        return self.filter(state=ClockState.RUNNING)

    def ticking(self) -> "ClockRows":
        """Running ones whose time passes now: none that is paused."""
        return self.running().filter(paused_at=None)

    def due(self, now: datetime) -> "ClockRows":
        """Running ones whose next level has come; an index holds exactly these. A paused clock has no next level."""
        return self.running().filter(next_level_at__lte=now).order_by("next_level_at", "pk")

    def run_out(self, now: datetime) -> "ClockRows":
        """Running ones whose deadline has come and that nobody has marked, by their newest calendar."""
        return self.due(now).filter(due_at__lte=now).exclude(calendar_version__in=self._replaced())

    def untold(self) -> "ClockRows":
        """Marked as run out, and the ledger does not know yet; an index holds exactly these."""
        return self.filter(untold_from__isnull=False).order_by("due_at", "pk")

    def stale(self) -> "ClockRows":
        """Running ones that are still counted by an older version of their calendar."""
        return self.running().filter(calendar_version__in=self._replaced())

    def _replaced(self) -> Any:
        versions: Any = self.model._meta.apps.get_model("clocks", "CalendarVersion")
        return versions.objects.replaced().values("pk")

    def with_facts(self) -> "ClockRows":
        """Loads what the time is counted by."""
        return self.select_related("policy", "calendar_version__calendar", "excused_by__calendar", "branch")


class CalendarRows(Rows["Calendar"]):
    """Calendars."""

    def visible_to(self, user: Any) -> "CalendarRows":
        """Everybody may know which hours count."""
        return self

    def active(self) -> "CalendarRows":
        """Those that a new policy may name."""
        return self.filter(is_active=True).order_by("name")

    def with_newest(self) -> "CalendarRows":
        """Beside each calendar the number of its newest version, and since when it counts."""
        versions: Any = self.model._meta.apps.get_model("clocks", "CalendarVersion")
        newest = versions.objects.filter(calendar=OuterRef("pk")).order_by("-number")
        return self.annotate(
            newest_number=Subquery(newest.values("number")[:1]),
            newest_published_at=Subquery(newest.values("published_at")[:1]),
        )


class CalendarVersionRows(Rows["CalendarVersion"]):
    """Versions of calendars."""

    def visible_to(self, user: Any) -> "CalendarVersionRows":
        """Everybody may know which hours count."""
        return self

    def newest(self, calendar_id: int) -> "CalendarVersion":
        """By which clocks of this calendar are counted now. Raises DoesNotExist for one that was never published."""
        return self.filter(calendar_id=calendar_id).order_by("-number")[:1].get()

    def newest_of(self, calendars: Any) -> "CalendarVersionRows":
        """The newest version of each of the calendars."""
        rows = self.filter(calendar__in=calendars).order_by("calendar_id", "-number")
        return rows.distinct("calendar_id")

    def replaced(self) -> "CalendarVersionRows":
        """Versions after which a newer one was published."""
        later = self.model._default_manager.filter(
            calendar_id=OuterRef("calendar_id"), number__gt=OuterRef("number")
        )
        return self.filter(models.Exists(later))


class ClockPolicyRows(Rows["ClockPolicy"]):
    """Versions of policies."""

    def visible_to(self, user: Any) -> "ClockPolicyRows":
        """Everybody may know how long an answer may take."""
        return self

    def in_force(self, promise: str, *, branch_id: int | None, at: datetime) -> "ClockPolicy":
        """By which a promise that begins at `at` is made: the branch's newest, else the newest for all branches.

        A branch that returned to what is set for all has none of its own. Raises ClockPolicy.DoesNotExist when none was
        ever set.
        """
        fits = self.filter(Q(branch_id=branch_id) | Q(branch=None), promise=promise, valid_from__lte=at)
        newest = fits.order_by(F("branch").asc(nulls_last=True), "-valid_from", "-pk")[:1].get()
        return self.in_force(promise, branch_id=None, at=at) if newest.follows_all else newest

    def in_force_ids(self, at: datetime) -> set[int]:
        """For each promise and branch, and for all branches, the one by which new promises are made."""
        rows = self.filter(valid_from__lte=at).order_by("promise", "branch_id", "-valid_from", "-pk")
        return set(rows.distinct("promise", "branch_id").values_list("pk", flat=True))

    def of_branches(self) -> "ClockPolicyRows":
        """Those that were set for one branch."""
        return self.filter(branch__isnull=False, follows_all=False).select_related("branch", "calendar")

    def with_list_columns(self) -> "ClockPolicyRows":
        """Loads what a list shows."""
        return self.select_related("branch", "calendar", "by")


class PauseRows(Rows["Pause"]):
    """Pauses."""

    def visible_to(self, user: Any) -> "PauseRows":
        """With their clock."""
        clocks: Any = self.model._meta.apps.get_model("clocks", "Clock")
        return self.filter(clock__in=clocks.objects.visible_to(user))
