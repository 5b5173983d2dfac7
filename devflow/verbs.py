"""What a person can do with a development and with its builds, in the order of the buttons."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from devflow import actions, forms
from devflow.enums import DeploymentResult, EnvironmentKind
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


_OF_REQUEST = [
    Verb(
        name="plan", move="plan", label=_("Choose the system"), submit=_("Keep"), icon="stack-2", form=forms.Plan,
        act=lambda thing, form, by: actions.plan(request=thing, system=form.cleaned_data["system"], by=by),
        why=_("Its three servers are where the work will run: Trial, Training, Production."),
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
]  # fmt: skip
_OF_BUILD = [
    Verb(
        name="trial", move="to_trial", label=_("Deploy on Trial"), submit=_("Record the deployment"), icon="flask",
        form=forms.Deploy, act=_deploy(EnvironmentKind.TRIAL),
    ),
    Verb(
        name="training", move="to_training", label=_("Deploy on Training"), submit=_("Record and ask for the test"),
        icon="school", form=forms.DeployOnTraining, act=_deploy(EnvironmentKind.TRAINING),
        why=_("The requester gets the test form for exactly this build."),
    ),
    Verb(
        name="production", move="to_production", label=_("Release to Production"), submit=_("Release"), icon="rocket",
        form=forms.Deploy, act=_deploy(EnvironmentKind.PRODUCTION),
        why=_("The signed build goes live and the request is done."),
    ),
]  # fmt: skip
OF_REQUEST = {verb.name: verb for verb in _OF_REQUEST}
OF_BUILD = {verb.name: verb for verb in _OF_BUILD}
