"""What a person can do with a development and with its builds, in the order of the buttons."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devflow import actions, forms
from devflow.enums import DeploymentResult, EnvironmentKind
from devflow.models import Timer
from devflow.systems import busy_systems, clashes, running_of
from events.verbs import Verb


def _deploy(kind: EnvironmentKind) -> Any:
    def act(thing: Any, form: Any, by: Any) -> Any:
        typed = form.cleaned_data
        lines = tuple(typed.get("scenarios", "").splitlines())
        result = DeploymentResult(typed["result"])
        return actions.deploy(
            build=thing, kind=kind, by=by, result=result, notes=typed["notes"], scenarios=lines
        )

    return act


def _timer(thing: Any, user: Any) -> dict[str, Any]:
    """What the timer has counted until now."""
    timer = Timer.objects.visible_to(user).open_of(user)
    here = timer is not None and timer.request_id == thing.pk
    return {"initial": {"hours": actions.hours_of(timer=timer, now=timezone.now())}} if timer and here else {}


def _stop_timer(thing: Any, form: Any, by: Any) -> Any:
    typed = form.cleaned_data
    if typed["drop"]:
        return actions.drop_timer(request=thing, by=by)
    return actions.stop_timer(request=thing, hours=typed["hours"], note=typed["note"], by=by)


def _risks(thing: Any, _user: Any) -> dict[str, Any]:
    known = {name: "yes" if answer else "no" for name, answer in thing.risks.items()}
    said = {"risk_notes": thing.risk_notes, "rollback_plan": thing.rollback_plan}
    return {"development": thing, "initial": known | said}


def _left(thing: Any, _user: Any) -> list[str]:
    """Which servers a request that is ended leaves its builds on."""
    said = gettext("Build %(build)s stays on %(server)s until another one is deployed there.")
    return [
        said % {"build": place.running.build.version, "server": place.server.get_kind_display()}
        for place in running_of(thing)
    ]


def _roll_back(thing: Any, form: Any, by: Any) -> Any:
    return actions.roll_back(build=thing, **form.cleaned_data, by=by)


def _others(kind: EnvironmentKind) -> Any:
    def warn(build: Any, user: Any) -> list[str]:
        return clashes(build.request, user, kind)

    return warn


_OF_REQUEST = [
    Verb(
        name="plan", move="plan", label=_("Choose the system"), submit=_("Keep"), icon="stack-2", form=forms.Plan,
        act=lambda thing, form, by: actions.plan(request=thing, system=form.cleaned_data["system"], by=by),
        why=_("Its three servers are where the work will run: Trial, Training, Production."),
        warns=lambda thing, user: clashes(thing, user) or busy_systems(user),
    ),
    Verb(
        name="start", move="start", label=_("Start work"), submit=_("Start on Trial"), icon="player-play",
        form=forms.Sure, act=lambda thing, _form, by: actions.start(request=thing, by=by),
        why=_("The request is In Progress from now on, on the Trial server."),
    ),
    Verb(
        name="hours", move="book_hours", label=_("Book hours"), submit=_("Book"), icon="clock-plus", form=forms.Hours,
        act=lambda thing, form, by: actions.book_hours(request=thing, **form.cleaned_data, by=by), style="plain",
        why=_("Hours are booked also while the work is held: what was done is done."),
    ),
    Verb(
        name="build", move="register_build", label=_("Register a build"), submit=_("Register"), icon="package",
        form=forms.NewBuild,
        act=lambda thing, form, by: actions.register_build(request=thing, **form.cleaned_data, by=by),
    ),
    Verb(
        name="brm", move="open_brm", label=_("BRM form"), submit=_("Open the form"), icon="file-text", form=forms.Sure,
        act=lambda thing, _form, by: actions.open_brm(request=thing, by=by), style="plain",
        why=_("Director and Board read it on one page and sign it."),
    ),
    Verb(
        name="timer", move="start_timer", label=_("Start the timer"), submit=_("Start"), icon="player-record",
        form=forms.Sure, act=lambda thing, _form, by: actions.start_timer(request=thing, by=by), style="plain",
        more=True, why=_("Your hours count from now until you stop it. Only one timer runs at a time."),
    ),
    Verb(
        name="timer-stop", move="stop_timer", label=_("Stop the timer"), submit=_("Stop"), icon="player-stop",
        form=forms.StopTimer, act=_stop_timer, fill=_timer,
        why=_("What it counted is booked as your hours."),
    ),
    Verb(
        name="prepare", move="prepare", label=_("Risks and roll-back"), submit=_("Keep"), icon="shield-check",
        form=forms.Prepare, fill=_risks, style="plain", more=True,
        act=lambda thing, form, by: actions.prepare(
            request=thing, risks=form.risks, risk_notes=form.cleaned_data["risk_notes"],
            rollback_plan=form.cleaned_data["rollback_plan"], by=by,
        ),
        why=_("Asked before every release: what may go wrong, and how it is undone."),
    ),
    Verb(
        name="checklist", move="keep_checklist", label=_("Checklist"), submit=_("Keep"), icon="checklist",
        form=forms.Checklist, fill=lambda thing, _user: {"development": thing}, style="plain", more=True,
        act=lambda thing, form, by: actions.keep_checklist(
            request=thing, done={item.pk for item in form.cleaned_data.get("done", ())},
            new=form.cleaned_data["new"].splitlines(), of_system=form.cleaned_data.get("of_system", False), by=by,
        ),
    ),
    Verb(
        name="commit", move="link_commit", label=_("Link a commit"), submit=_("Link"), icon="git-commit",
        form=forms.LinkCommit, style="plain", more=True,
        act=lambda thing, form, by: actions.link_commit(request=thing, **form.cleaned_data, by=by),
    ),
    Verb(
        name="hold", move="hold", label=_("Put on hold"), submit=_("Put on hold"), icon="player-pause", form=forms.Hold,
        act=lambda thing, form, by: actions.hold(request=thing, reason=form.cleaned_data["reason"], by=by), more=True,
        why=_("Nothing is deployed until the work goes on. Hours can still be booked; they are marked."), style="plain",
    ),
    Verb(
        name="resume", move="resume", label=_("Let it go on"), submit=_("Let it go on"), icon="player-play",
        form=forms.Sure, act=lambda thing, _form, by: actions.resume(request=thing, by=by),
        why=_("The work goes on at the stage where it stood."),
    ),
    Verb(
        name="end", move="end", label=_("End the work"), submit=_("End it for good"), icon="x", form=forms.End,
        act=lambda thing, form, by: actions.end(request=thing, reason=form.cleaned_data["reason"], by=by), more=True,
        why=_("It does not go on: tests and forms are withdrawn, booked hours stay. To go on later, put it on hold."),
        style="danger", warns=_left, warned=_("What stays on servers"),
    ),
]  # fmt: skip
_OF_BUILD = [
    Verb(
        name="trial", move="to_trial", label=_("Deploy on Trial"), submit=_("Record the deployment"), icon="flask",
        form=forms.Deploy, act=_deploy(EnvironmentKind.TRIAL), warns=_others(EnvironmentKind.TRIAL),
    ),
    Verb(
        name="training", move="to_training", label=_("Deploy on Training"), submit=_("Record and ask for the test"),
        icon="school", form=forms.DeployOnTraining, act=_deploy(EnvironmentKind.TRAINING),
        warns=_others(EnvironmentKind.TRAINING),
        why=_("The requester gets the test form for exactly this build."),
    ),
    Verb(
        name="production", move="to_production", label=_("Release to Production"), submit=_("Release"), icon="rocket",
        form=forms.Deploy, act=_deploy(EnvironmentKind.PRODUCTION), warns=_others(EnvironmentKind.PRODUCTION),
        why=_("The signed build goes live and the request is done."),
    ),
    Verb(
        name="roll-back", move="roll_back", label=_("Take out of Production"), submit=_("Take it out"),
        icon="arrow-back-up", form=forms.RollBack, act=_roll_back, fill=lambda thing, _user: {"bad": thing},
        why=_("The request goes back to Trial; what was signed no longer counts."), style="plain",
    ),
    Verb(
        name="give-release", move="give_release", label=_("Let a robot release it"), submit=_("Give it free"),
        icon="robot", form=forms.GiveRelease, style="plain",
        act=lambda thing, form, by: actions.give_release(build=thing, hours=form.cleaned_data["hours"], by=by),
        why=_("A robot that is named on Production puts this very build there. Windows and all gates are asked then."),
    ),
]  # fmt: skip
# Drawn like the others; it has a page of its own, as it asks for a proof (`views.agreeing`).
AGREE = Verb(
    name="agree", move="agree_emergency", label=_("Agree to the emergency fix"), submit=_("I agree"), icon="checks",
    form=forms.Sure, act=lambda _thing, _form, _by: None,
    why=_("You let this build go to Production before its user has tested it. Your name stays with it for good."),
)  # fmt: skip
_EMERGENCY = [
    Verb(
        name="emergency", move="ask_emergency", label=_("Emergency fix"), submit=_("Ask the two"), icon="urgent",
        form=forms.Emergency, style="plain",
        act=lambda thing, form, by: actions.ask_emergency(build=thing, reason=form.cleaned_data["reason"], by=by),
        why=_("It goes to Production before its UAT when two have agreed. UAT and review follow in five working days."),
    ),
    AGREE,
    Verb(
        name="review", move="review_emergency", label=_("Write the review"), submit=_("Keep the review"), icon="report",
        form=forms.Review,
        act=lambda thing, form, by: actions.review_emergency(build=thing, review=form.cleaned_data["review"], by=by),
        why=_("The request is done when its UAT is signed and this review is written."),
    ),
]  # fmt: skip
OF_REQUEST = {verb.name: verb for verb in _OF_REQUEST}
EMERGENCY = {verb.name: verb for verb in _EMERGENCY}
OF_BUILD = {verb.name: verb for verb in (*_OF_BUILD, *_EMERGENCY)}
