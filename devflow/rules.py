"""The gates of development: who may move it, and when (SOP-A1, A2, A5, A6)."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF, Role
from core import times
from core.errors import NotPossible, PermissionDenied, Refusal
from core.rules import rule
from devflow.enums import EnvironmentKind, Reached, Stage
from tickets import rules as ticket_rules
from tickets.enums import Status
from tickets.gates import MOST_TOGETHER


@rule()
def is_worker(request: Any, user: Any) -> bool:
    """The one the ticket was given to, or the IT Manager."""
    return ticket_rules.is_worker(request.ticket, user)


@rule()
def is_it_staff(request: Any, user: Any) -> bool:
    """Works in the IT division."""
    return bool(user.holds(*IT_STAFF, branch_id=request.ticket.branch_id))


@rule()
def may_ask(request: Any, user: Any) -> bool:
    """Who may open the BRM: the requester, the worker, the IT Manager."""
    return ticket_rules.is_requester(request.ticket, user) or is_worker(request, user)


@rule()
def anyone(thing: Any, user: Any) -> bool:
    """Moves that follow from an act that was already permitted."""
    return True


@rule()
def keeps_systems(system: Any, user: Any) -> bool:
    """Systems, servers and windows are kept by the IT Manager of the whole group and by administrators (SOP-B5)."""
    return bool(user.holds(Role.IT_MANAGER, Role.ADMINISTRATOR))


def keepers_only(system: Any, user: Any) -> None:
    """Raises PermissionDenied for anyone but those who keep systems; a page asks before it shows its form."""
    if not keeps_systems(system, user):
        raise PermissionDenied


@rule()
def looks(system: Any, user: Any) -> bool:
    """Lets the servers of a system be asked for their version: IT, and whoever keeps systems."""
    return bool(user.is_it_staff) or keeps_systems(system, user)


@rule()
def registers(request: Any, user: Any) -> bool:
    """Registers builds: whoever works on the request, or a robot that deploys somewhere on its system."""
    if not user.is_robot:
        return is_worker(request, user)
    return any(user.pk in _named(request.system, kind) for kind in EnvironmentKind)


@rule()
def deploys_on_trial(build: Any, user: Any) -> bool:
    """Deploys on Trial: those named for this server; where nobody is, whoever works on the request (SOP-B4.2.2)."""
    return _deploys(build, user, EnvironmentKind.TRIAL)


@rule()
def deploys_on_training(build: Any, user: Any) -> bool:
    """Deploys on Training: those named for this server; where nobody is, whoever works on the request (SOP-B4.2.2)."""
    return _deploys(build, user, EnvironmentKind.TRAINING)


def _deploys(build: Any, user: Any, kind: EnvironmentKind) -> bool:
    named = _named(build.request.system, kind)
    return user.pk in named if named or user.is_robot else is_worker(build.request, user)


def _named(system: Any, kind: EnvironmentKind) -> frozenset[int]:
    return frozenset() if system is None else system.deployers_on(kind)


@rule()
def builds(build: Any, user: Any) -> bool:
    """Works on the request of a build."""
    return is_worker(build.request, user)


@rule()
def releases(build: Any, user: Any) -> bool:
    """Releases to Production: the IT Manager or the dated substitute, never the one who built it (SOP-A6)."""
    is_manager = user.holds(Role.IT_MANAGER, branch_id=build.request.ticket.branch_id)
    return bool(is_manager) and user.pk not in builders(build)


@rule()
def gives(build: Any, user: Any) -> bool:
    """Gives a release that a robot carries out: whoever may release, in person."""
    return releases(build, user) and not user.is_robot


@rule()
def carries_out(build: Any, user: Any) -> bool:
    """Puts a build on Production: who releases it, or a robot that is named there and was given the release."""
    if user.is_robot:
        return user.pk in _named(build.request.system, EnvironmentKind.PRODUCTION)
    return releases(build, user)


@rule(_("No robot is named on Production. Name one on the page of the system, or release it yourself."))
def has_robot(build: Any) -> bool:
    """There is somebody to carry out what is given."""
    return bool(_named(build.request.system, EnvironmentKind.PRODUCTION))


def builders(build: Any) -> set[int]:
    """Who built it: whoever registered it; where a robot did, the one who works on the request."""
    by_robot = build.registered_by.is_robot
    return {build.registered_by_id} | ({build.request.ticket.assignee_id} if by_robot else set())


@rule()
def takes_back(build: Any, user: Any) -> bool:
    """Takes a build out of Production: the IT Manager or the dated substitute, also who built it. It is an accident."""
    return bool(user.holds(Role.IT_MANAGER, branch_id=build.request.ticket.branch_id))


@rule(_("This build does not run in Production now."), clause="SOP-A6")
def runs_in_production(build: Any) -> bool:
    """Only what runs there is taken out of it."""
    return bool(build.is_live)


def seat(build: Any, user: Any, now: datetime) -> str:
    """As whom a person can agree to the emergency fix of a build now: "manager", "second", or "" for nobody.

    The two are different people, and neither built it (SOP-A6). Who agreed too long ago may do so again.
    """
    fix, branch = emergency_of(build), build.request.ticket.branch_id
    if fix is None or user.pk in builders(build):
        return ""
    seats = {"manager": (Role.IT_MANAGER,), "second": (Role.DB_MANAGER, Role.DIRECTOR)}
    others = {"manager": fix.second_id, "second": fix.manager_id}
    for name, roles in seats.items():
        taken = user.pk == others[name] or fix.counts(name, now)
        if not taken and user.holds(*roles, branch_id=branch):
            return name
    return ""


def emergency_of(build: Any) -> Any:
    """The emergency fix that was asked for this build, or None."""
    return getattr(build, "emergency", None)


@rule(depends_on_time=True)
def may_agree(build: Any, user: Any, now: datetime) -> bool:
    """Agrees to an emergency fix: the IT Manager, and a Database Manager or Director; never who built it."""
    return bool(seat(build, user, now))


@rule(_("An emergency fix was asked for this build already."))
def no_emergency_was_asked(build: Any) -> bool:
    """Asked once."""
    return emergency_of(build) is None


_NOT_SIGNED = _("This is not the build whose UAT was signed. Only the signed build goes to Production.")


def _cannot_wait(build: Any, now: datetime) -> bool:
    """Two have agreed that it goes to Production before its test, and their words count now."""
    fix = emergency_of(build)
    return fix is not None and fix.is_agreed_at(now)


def _why_not_live(build: Any, now: datetime) -> Any:
    """Two had agreed, but too long ago; or nobody has signed."""
    fix = emergency_of(build)
    if fix is None or not fix.was_agreed or fix.is_agreed_at(now):
        return _NOT_SIGNED
    return _("The word of the two counts for 24 hours and for what they read. Both must agree again.")


@rule(_NOT_SIGNED, clause="SOP-A6", tells=_why_not_live, depends_on_time=True)
def may_go_live(build: Any, now: datetime) -> bool:
    """Its UAT is signed; or two have agreed that it cannot wait for that (an emergency fix)."""
    return is_signed(build) or _cannot_wait(build, now)


@rule(
    _("An emergency fix of this request was not reviewed yet. The IT Manager writes the review first."),
    clause="SOP-A6",
)
def reviews_are_written(build: Any) -> bool:
    """A request is not done before its emergency fixes were reviewed; another emergency need not wait for that."""
    return not is_signed(build) or not build.request.lacks_review


@rule(_("This build did not go to Production as an emergency fix."))
def was_an_emergency(build: Any) -> bool:
    """It was released before its UAT."""
    fix = emergency_of(build)
    return fix is not None and fix.due_date is not None


@rule(_("The review is written already."))
def is_not_reviewed(build: Any) -> bool:
    """A review is written once."""
    return emergency_of(build).reviewed_at is None


@rule(
    _("Answer the risk questions and write the roll-back plan first; whoever works on it can do so."),
    clause="SOP-B4.5",
)
def is_prepared(build: Any) -> bool:
    """Before a release it is known what may go wrong and how it is undone."""
    request = build.request
    return bool(request.rollback_plan and request.risks) and set(request.risks) >= set(request.questions)


def own_effort(request: Any) -> Decimal:
    """The hours of one request: the estimate, or what is booked where that is more; what ended without being built
    counts by what was booked on it.
    """
    estimate: Decimal = request.ticket.estimate_hours or Decimal(0)
    booked: Decimal = request.booked_hours
    return booked if request.ticket.status in (Status.REJECTED, Status.CANCELLED) else max(estimate, booked)


def effort(request: Any) -> Decimal:
    """The hours that count for SOP-A5: those of the request and of all others that serve the same purpose."""
    return own_effort(request) + Decimal(request.others_hours)


@rule(_("The IT Manager has not accepted this request yet. Nothing is worked on before."), clause="SOP-A1")
def is_accepted(request: Any) -> bool:
    """Accepted, and not ended since."""
    return ticket_rules.is_accepted(request.ticket) and ticket_rules.has_not_ended(request.ticket)


@rule(_("Choose the system first: its Trial server is where the work begins."), clause="SOP-A2")
def has_system(request: Any) -> bool:
    """It is known what is being changed."""
    return bool(request.system_id is not None)


@rule(_("Estimate the hours first; they decide whether a BRM is needed."), clause="SOP-A5")
def is_estimated(request: Any) -> bool:
    """An estimate exists."""
    return bool(request.ticket.estimate_hours is not None)


_EXCEEDS = _("The hours exceed what is approved. Director and Board must approve a BRM first.")


def _why_held(request: Any) -> Any:
    """The hours are too many, or there are too many requests to count them."""
    return crowd() if request.is_crowd else _EXCEEDS


def crowd() -> str:
    """What is to be done where too many requests hang together."""
    said = gettext(
        "More than %(most)s requests hang together with this one, so its hours cannot be counted."
        " Untie those that do not serve its purpose."
    )
    return said % {"most": MOST_TOGETHER}


@rule(_EXCEEDS, clause="SOP-A5", tells=_why_held)
def is_within_approval(request: Any) -> bool:
    """The effort is below the threshold, or covered by an approved BRM; and it can be counted."""
    return not request.is_crowd and bool(effort(request) <= request.allowed_hours)


@rule(_("This request has ended. Open a new one and mention its number."))
def is_open(request: Any) -> bool:
    """Still being worked on."""
    return ticket_rules.has_not_ended(request.ticket)


@rule(_("This request has ended. Open a new one and mention its number."))
def build_is_in_work(build: Any) -> bool:
    """Nothing is deployed for a request that has ended."""
    return is_open(build.request)


@rule()
def may_take_hours_back(entry: Any, user: Any) -> bool:
    """Takes booked hours back: whoever booked them, and the IT Manager."""
    return bool(user.pk == entry.person_id) or _leads(entry, user)


def _leads(entry: Any, user: Any) -> bool:
    return bool(user.holds(Role.IT_MANAGER, branch_id=entry.request.ticket.branch_id))


@rule(_("These hours were taken back already."))
def is_not_taken_back(entry: Any) -> bool:
    """Taken back once; what takes back is itself never taken back."""
    return entry.takes_back_id is None and entry.taken_back is None


@rule(
    _("You take your hours back on the day on which you book them. Ask the IT Manager."), depends_on_time=True
)
def was_booked_today(entry: Any, now: datetime) -> bool:
    """Both instants on the same day at head office, where days are counted; not the day that was worked."""
    zone = ZoneInfo(settings.TIME_ZONE)
    return bool(entry.booked_at.astimezone(zone).date() == now.astimezone(zone).date())


@rule(
    _("A BRM is needed or asked for; only the IT Manager takes hours back, as they decide who must approve."),
    clause="SOP-A5",
)
def nobody_is_asked(entry: Any) -> bool:
    """As with estimates: that it took less is the IT Manager's to say, once Director and Board are concerned."""
    return is_within_approval(entry.request) and not entry.request.is_asked


def why_not_take_hours_back(entry: Any, user: Any) -> Refusal | None:
    """Why this person cannot take these hours back now; None if they can."""
    if not may_take_hours_back(entry, user):
        return PermissionDenied()
    own = () if _leads(entry, user) else (was_booked_today, nobody_is_asked)
    refused = next((each for each in (is_not_taken_back, *own) if not each(entry)), None)
    return NotPossible(refused.refusal(entry), rule=refused.clause) if refused else None


@rule()
def ends(request: Any, user: Any) -> bool:
    """Ends begun work: the IT Manager or the dated substitute (SOP-A1)."""
    return bool(user.holds(Role.IT_MANAGER, branch_id=request.ticket.branch_id))


@rule(
    _("A build of it runs in Production. Take it out there first, or let it be tested and done."),
    clause="SOP-A6",
)
def nothing_is_live(request: Any) -> bool:
    """What is ended leaves nothing untested in Production."""
    return not request.is_live


@rule(
    _("An emergency fix of this request was not reviewed yet. The IT Manager writes the review first."),
    clause="SOP-A6",
)
def owes_no_review(request: Any) -> bool:
    """A debt is paid before its request is ended."""
    return not request.lacks_review


@rule(_("Start the work first."), clause="SOP-A2")
def work_has_started(build: Any) -> bool:
    """The request has left the waiting stage."""
    return bool(build.request.stage != Stage.WAITING)


@rule(_("The work is on hold. Let it go on first."), clause="SOP-A2")
def work_goes_on(build: Any) -> bool:
    """Nothing is deployed while the work stands still."""
    return bool(build.request.stage != Stage.ON_HOLD)


@rule(_EXCEEDS, clause="SOP-A5", tells=lambda build: _why_held(build.request))
def build_is_within_approval(build: Any) -> bool:
    """No build moves while the work is held."""
    return is_within_approval(build.request)


_NEVER_ON_TRIAL = _("This build was never on Trial. Deploy it there first.")


def _what_runs_on_trial(build: Any) -> str:
    """Which build is there instead; not of whose request, which the reader may not be allowed to see."""
    there = build.on_trial
    if build.reached == Reached.REGISTERED or not there:
        return str(_NEVER_ON_TRIAL)
    if there["request"] == build.request_id:
        said = gettext(
            "Build %(build)s is not on Trial any more: build %(other)s runs there. Deploy %(build)s there again first."
        )
    else:
        said = gettext(
            "Build %(build)s is not on Trial any more: build %(other)s of another request runs there."
            " Deploy %(build)s there again first."
        )
    return said % {"build": build, "other": there["version"]}


@rule(_NEVER_ON_TRIAL, clause="SOP-A2", tells=_what_runs_on_trial)
def is_on_trial(build: Any) -> bool:
    """Training only for the build that is on Trial now; not for what was there once."""
    return bool(build.reached != Reached.REGISTERED and build.on_trial.get("build") == build.pk)


@rule(_("The test of this build goes on, or its UAT is signed: it does not go back to Trial."))
def has_to_be_tested_again(build: Any) -> bool:
    """Nobody can sign it where it is: its test has ended without a signature, or another build is on Training."""
    return not is_signed(build) and (build.request.stage == Stage.TRIAL or build.replaced_by is not None)


@rule(_("This build was never on Training. The user must test it there first."), clause="SOP-A2")
def was_on_training(build: Any) -> bool:
    """Production only after Training."""
    return build.reached in (Reached.TRAINING, Reached.PRODUCTION)


def _what_runs_there(build: Any) -> str:
    """Which build one would test instead; not of whose request, which the reader may not be allowed to see."""
    other = build.replaced_by
    said = gettext(
        "Build %(build)s is not on Training any more: build %(other)s of another request runs there."
        " Deploy %(build)s there again, then test it."
    )
    return said % {"build": build, "other": other} if other else str(was_on_training.message)


@rule(was_on_training.message, clause="SOP-A2", tells=_what_runs_there)
def is_where_users_test(build: Any) -> bool:
    """A UAT is signed for what is on Training, or, of an emergency fix, in Production; not for what was there once."""
    return (was_on_training(build) and build.replaced_by is None) or build.is_live


@rule()
def is_signed(build: Any) -> bool:
    """The requester has signed the UAT of this very build."""
    return bool(build.request.signed_build_id is not None and build.request.signed_build_id == build.pk)


def _closed(build: Any, now: datetime) -> str:
    """Why nothing may be released now, and when the next window opens."""
    system = build.request.system
    freeze, opens = system.timetable.frozen(now), system.timetable.opens_at(now)
    facts = {
        "system": system,
        "reason": freeze.reason if freeze else "",
        "at": opens and times.words(opens, now),
    }
    if opens is None:
        return gettext("Nothing of %(system)s is released now, and no window opens within a year.") % facts
    if freeze:
        said = gettext("Nothing of %(system)s is released now: %(reason)s. The next window opens %(at)s.")
        return said % facts
    return gettext("Releases of %(system)s are closed now. The next window opens %(at)s.") % facts


@rule(
    _("Releases are closed now: outside the windows of the system, or inside a freeze."),
    clause="SOP-A2",
    tells=_closed,
    depends_on_time=True,
)
def is_in_window(build: Any, now: datetime) -> bool:
    """Production is released inside an allowed window and outside every freeze; an agreed emergency fix at any time."""
    system = build.request.system
    return system is None or _cannot_wait(build, now) or bool(system.timetable.is_open(now))
