"""The cast: the same people in every test and, by their roles, in the demo data."""

from functools import cached_property

from accounts import actions
from accounts.actions import Occasion, Proof
from accounts.enums import Role, TimeZone
from accounts.models import Branch, User
from approvals.models import Approval

PASSWORD = "rahasia-sekali-2026"
BRANCHES = {
    "BDG": ("Cabang Bandung", "Bandung", TimeZone.WIB),
    "DPS": ("Cabang Denpasar", "Denpasar", TimeZone.WITA),
}
# name in tests -> (full name, role, only for branch, home branch)
PEOPLE: dict[str, tuple[str, Role | None, str | None, str | None]] = {
    "requester": ("Sari Wulandari", Role.REQUESTER, "BDG", "BDG"),
    "colleague": ("Dewi Lestari", Role.REQUESTER, "BDG", "BDG"),
    "branch_head": ("Hendra Gunawan", Role.BRANCH_HEAD, "BDG", "BDG"),
    "agent": ("Budi Santoso", Role.AGENT, None, None),
    "other_agent": ("Agung Pratama", Role.AGENT, None, None),
    "it_manager": ("Rina Kartika", Role.IT_MANAGER, None, None),
    "db_manager": ("Joko Susilo", Role.DB_MANAGER, None, None),
    "director": ("Bambang Hartono", Role.DIRECTOR, None, None),
    "board": ("Ratna Sari", Role.BOD, None, None),
    "auditor": ("Maya Anggraini", Role.AUDITOR, None, None),
    "administrator": ("Tono Wijaya", Role.ADMINISTRATOR, None, None),
    "outsider": ("Made Wirawan", Role.REQUESTER, "DPS", "DPS"),
    "foreign_head": ("Ketut Suardana", Role.BRANCH_HEAD, "DPS", "DPS"),
    "foreign_agent": ("Wayan Sudarma", Role.AGENT, "DPS", "DPS"),
    "foreign_it_manager": ("Nyoman Arta", Role.IT_MANAGER, "DPS", "DPS"),
    "foreign_director": ("Gede Putra", Role.DIRECTOR, "DPS", "DPS"),
    "nobody": ("Tanpa Peran", None, None, None),
}
IT = ("agent", "it_manager", "db_manager")


class Cast:
    """People and branches, each made when first named."""

    def __init__(self) -> None:
        self._people: dict[str, User] = {}
        self._branches: dict[str, Branch] = {}

    def __getitem__(self, name: str) -> User:
        """The person of this name."""
        if name not in self._people:
            self._people[name] = self._enrol(name)
        return self._people[name]

    def __getattr__(self, name: str) -> User:
        if name not in PEOPLE:
            raise AttributeError(name)
        return self[name]

    def branch(self, code: str | None) -> Branch | None:
        """The branch with this code."""
        if code is not None and code not in self._branches:
            name, city, zone = BRANCHES[code]
            self._branches[code] = Branch.objects.create(code=code, name=name, city=city, time_zone=zone)
        return self._branches[code] if code else None

    @cached_property
    def bandung(self) -> Branch:
        """Where the requester works."""
        return self.branch("BDG")  # type: ignore[return-value]

    @cached_property
    def denpasar(self) -> Branch:
        """Where the foreigners work."""
        return self.branch("DPS")  # type: ignore[return-value]

    def everybody(self) -> dict[str, User]:
        """All of them."""
        return {name: self[name] for name in PEOPLE}

    def again(self, name: str) -> User:
        """The person as a new request finds them: roles and substitutions are read again."""
        self._people[name] = User.objects.get(pk=self[name].pk)
        return self._people[name]

    def read_again(self) -> "Cast":
        """The same people, each as a new request finds them."""
        same = Cast()
        found = User.objects.in_bulk([person.pk for person in self._people.values()])
        same._people = {name: found[person.pk] for name, person in self._people.items()}
        same._branches = dict(self._branches)
        return same

    def proof(self, name: str, about: str | None = None) -> Proof:
        """That it is really them, just now, over the content `about`: by itself that of the form that waits."""
        if about is None:
            waiting = Approval.objects.pending().order_by("-submitted_at", "-pk")
            about = str(waiting.values_list("content_hash", flat=True).first() or "")
        return actions.confirm(by=self[name], secret=PASSWORD, occasion=Occasion(about=about))

    def _enrol(self, name: str) -> User:
        full_name, role, area, home = PEOPLE[name]
        person = actions.enrol(
            email=f"{name}@kumala.example", name=full_name, branch=self.branch(home), password=PASSWORD
        )
        if role is not None:
            actions.grant_role(user=person, role=role, branch=self.branch(area), by=actions.robot("cast"))
        return person
