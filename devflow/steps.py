"""Which act leads a development from one column to another. The board asks, and whoever else moves cards (SOP-A3)."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotPossible, PermissionDenied
from devflow import rules
from devflow.enums import COLUMN_OF, Column, Reached, Stage
from devflow.models import Build, DevelopmentRequest
from devflow.verbs import OF_BUILD, OF_REQUEST
from events.verbs import Verb

RELEASE = OF_BUILD["production"]
Builds = dict[int, Build]
# Why no single act leads from one column to another: the sentence and its clause.
_NO_WAY: dict[tuple[Column, Column], tuple[str | Promise, str]] = {
    (Column.WAITING, Column.USER_TESTING): (
        gettext_lazy("Users test on Training, and a build reaches Training only from Trial. Start the work first."),
        "SOP-A2",
    ),
    (Column.WAITING, Column.DEPLOY): (
        gettext_lazy("Trial first, then Training, then Production. Start the work first."), "SOP-A2",
    ),
}  # fmt: skip
_BEGUN = gettext_lazy("Work that has begun does not go back to waiting.")
_DEPLOYED = gettext_lazy("A deployed development is not opened again. Ask for a new one.")
_NO_BUILD = gettext_lazy("There is no build yet. Register one and deploy it on Trial first.")
_RELEASES = gettext_lazy("The IT Manager releases to Production, never the one who built it.")


def newest_builds(rows: Iterable[DevelopmentRequest], user: Any) -> Builds:
    """The newest build of each row that has one, by the key of the row; as many questions for many rows as for one."""
    of = {row.pk: row for row in rows}
    newest = Build.objects.filter(request__in=of).order_by("request", "-pk").distinct("request").values("pk")
    found = {}
    for build in Build.objects.visible_to(user).for_rules().filter(pk__in=newest):
        build.request = of[build.request_id]
        found[build.request_id] = build
    return found


def step(row: DevelopmentRequest, to: Column, user: Any, builds: Builds | None = None) -> tuple[Any, Verb]:
    """The thing and the act that lead from where the card stands to `to`. Raises NotPossible where none does.

    `builds` are the newest builds as `newest_builds` reads them for many rows at once.
    """
    if row.stage == Stage.CANCELLED:
        raise NotPossible(rules.is_open.message)
    if row.stage == Stage.ON_HOLD:
        raise NotPossible(rules.work_goes_on.message, rule=rules.work_goes_on.clause)
    here = COLUMN_OF[row.stage]
    if row.stage == Stage.DONE:
        raise NotPossible(_DEPLOYED, rule="SOP-A6")
    if here == to:
        raise NotPossible(_("The card stands in this column already."))
    if to == Column.WAITING:
        raise NotPossible(_BEGUN, rule="SOP-A2")
    if (here, to) in _NO_WAY:
        said, clause = _NO_WAY[here, to]
        raise NotPossible(said, rule=clause)
    if here == Column.WAITING:
        return row, OF_REQUEST["start"]
    if not rules.is_worker(row, user):
        raise PermissionDenied
    newest = (newest_builds([row], user) if builds is None else builds).get(row.pk)
    if to == Column.IN_PROGRESS:
        return _back(row, newest)
    if newest is None:
        raise NotPossible(_NO_BUILD, rule="SOP-A2")
    return (newest, OF_BUILD["training"]) if to == Column.USER_TESTING else released(newest, user)


def _back(row: DevelopmentRequest, newest: Build | None) -> tuple[Any, Verb]:
    """Work goes back by a new build on Trial; where none is registered yet, by registering it."""
    if newest is not None and newest.reached == Reached.REGISTERED:
        return newest, OF_BUILD["trial"]
    return row, OF_REQUEST["build"]


def released(build: Build, user: Any) -> tuple[Any, Verb]:
    """Production takes the user's signature (or an agreed emergency) and the IT Manager's word, said in this order."""
    for earned in (rules.was_on_training, rules.may_go_live):
        if not earned(build):
            raise NotPossible(earned.refusal(build), rule=earned.clause)
    if not rules.releases(build, user):
        raise NotPossible(_RELEASES, rule="SOP-A6")
    return build, RELEASE
