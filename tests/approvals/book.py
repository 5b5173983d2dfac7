"""What a policy grants, told as slowly as it can be: from plain rows, without a line of the product's own rules."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import RoleAssignment, Substitution, User


@dataclass(frozen=True)
class Asked:
    """One step of a policy: those who are asked by role or by name, and how many of them must approve."""

    roles: tuple[str, ...]
    people: tuple[int, ...]
    quorum: str = "one"
    number: int = 0
    tester: bool = False

    def as_rule(self) -> dict[str, Any]:
        """As the product takes it."""
        said: dict[str, Any] = {"roles": list(self.roles), "people": list(self.people), "quorum": self.quorum}
        said |= {"number": self.number} if self.number else {}
        return said | ({"tester": True} if self.tester else {})


@dataclass(frozen=True)
class Time:
    """What a policy says of those who are late."""

    hours: int | None = None
    follows: str = "nothing"
    to: str = ""

    def as_timing(self) -> dict[str, Any]:
        """As the product takes it."""
        return {"time_out_hours": self.hours, "on_time_out": self.follows, "escalate_to": self.to}


@dataclass(frozen=True)
class Staff:
    """Who is here, holds which role for which branch, stands in for whom and when: plain rows, read at once."""

    here: frozenset[int]
    held: tuple[tuple[int, str, int | None], ...]
    away: tuple[tuple[int, int, date, date], ...]

    @classmethod
    def now(cls) -> "Staff":
        """As the tables say it."""
        away = Substitution.objects.values_list("absent_id", "substitute_id", "first_date", "last_date")
        return cls(
            frozenset(User.objects.filter(is_active=True).values_list("pk", flat=True)),
            tuple(RoleAssignment.objects.values_list("user_id", "role", "branch_id")),
            tuple(away),
        )

    def holders(self, role: str, branch: int) -> set[int]:
        """Who holds the role for this branch or for all, and is here."""
        return {
            user
            for user, name, where in self.held
            if name == role and where in (None, branch) and user in self.here
        }

    def around(self, person: int) -> tuple[Any, ...]:
        """All that can matter for what this person may do: their rows, and those of whom they ever stand in for."""
        away = [row for row in self.away if row[1] == person]
        those = {person, *(row[0] for row in away)}
        return person, frozenset(away), frozenset(r for r in self.held if r[0] in those), self.here & those

    def places(self, person: int, today: date) -> set[int]:
        """Their own, and those of the colleagues for whom they stand in today."""
        return {person} | {
            absent for absent, stands, first, last in self.away if stands == person and first <= today <= last
        }


@dataclass
class Book:
    """One version of one form: whom it asks since when, who has approved, who may now and in whose place."""

    staff: Staff
    branch: int
    barred: set[int]
    time: Time
    began: datetime
    asked: list[tuple[Asked, int]] = field(default_factory=list)  # the steps, each with the number needed
    approved: list[list[set[int]]] = field(default_factory=list)  # who counted, by step and approval
    escalated: bool = False
    over: bool = False  # its time has run out, and somebody noticed

    def ask(self, steps: list[Asked]) -> None:
        """The form is submitted: how many of those who could decide now are needed."""
        for step in steps:
            able = len(self._able(step.roles, step.people) - self.barred)
            needed = {
                "one": 1,
                "all": able or 1,
                "majority": able // 2 + 1,
                "number": step.number,
            }[step.quorum]
            self.asked.append((step, needed))
            self.approved.append([])

    def _able(self, roles: tuple[str, ...], people: tuple[int, ...]) -> set[int]:
        named = self.staff.here.intersection(people)
        return set(named).union(*(self.staff.holders(role, self.branch) for role in roles))

    @property
    def place(self) -> int | None:
        """Which step waits; None when all have enough."""
        for n, (_step, needed) in enumerate(self.asked):
            if len(self.approved[n]) < needed:
                return n
        return None

    @property
    def used(self) -> set[int]:
        """Who counted already, for themselves, for somebody, or through somebody."""
        return {key for made in self.approved for pair in made for key in pair}

    def roles(self, *, late: bool) -> tuple[str, ...]:
        """Which roles may decide now; `late`: also the one that comes when time has run out."""
        if self.place is None:
            return ()
        step = self.asked[self.place][0]
        return (*step.roles, *((self.time.to,) if late and not step.tester else ()))

    def is_late(self, now: datetime) -> bool:
        """Whether another role may decide as well, by the clock alone."""
        return self.time.follows == "escalate" and now >= self.began + timedelta(hours=self.time.hours or 0)

    def may(self, person: int, *, today: date, late: bool) -> set[tuple[str, int]]:
        """As what, and in whose place this person may decide now: their own, absent colleagues', or nobody's."""
        taken = self.barred | self.used
        if self.place is None or person in taken or person not in self.staff.here:
            return set()
        found = {("", person)} if person in self.asked[self.place][0].people else set()
        places = self.staff.places(person, today)
        for role in self.roles(late=late):
            found |= {(role, key) for key in self.staff.holders(role, self.branch) & places}
        return {(role, key) for role, key in found if key not in taken}

    def missing(self) -> int:
        """How many people are missing before the step that waits can be completed."""
        if self.place is None:
            return 0
        step, needed = self.asked[self.place]
        able = self._able(self.roles(late=self.escalated), step.people) - self.barred - self.used
        return max(needed - len(self.approved[self.place]) - len(able), 0)

    def approve(self, person: int, absent: int | None, now: datetime) -> None:
        """An approval counts; the next step may begin."""
        place = self.place
        assert place is not None
        self.approved[place].append({person, absent or person})
        if self.place != place:
            self.began, self.escalated, self.over = now, False, False

    def notice(self, now: datetime) -> str:
        """Somebody looks whether the time has run out: what follows, once."""
        if self.time.hours is None or self.over or now < self.began + timedelta(hours=self.time.hours):
            return ""
        self.over, self.escalated = True, self.time.follows == "escalate"
        return self.time.follows

    def copy(self) -> "Book":
        """To try something in."""
        return deepcopy(self)
