"""Lists under a name."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import locks
from core.errors import NotPossible, PermissionDenied
from tickets.lists import usual
from tickets.models import SavedView

MOST_VIEWS = 50


@transaction.atomic
def save_view(*, name: str, query: str, is_shared: bool = False, by: User) -> SavedView:
    """Keep a list under a name; the same name again stands for the new list. Only IT shares lists."""
    _may_share(by, is_shared=is_shared)
    locks.wait_for("views", by.pk)
    mine = SavedView.objects.filter(owner=by)
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        raise NotPossible(_("You keep %(most)s lists already. Delete one first.") % {"most": MOST_VIEWS})
    facts = {"query": usual(query), "is_shared": is_shared}
    return SavedView.objects.update_or_create(owner=by, name=name, defaults=facts)[0]


@transaction.atomic
def change_view(*, view: SavedView, name: str, is_shared: bool = False, by: User) -> SavedView:
    """Another name, or shown to others. Raises NotPossible for a name that one's other list has."""
    _owner_only(view, by)
    _may_share(by, is_shared=is_shared)
    locks.wait_for("views", by.pk)
    if SavedView.objects.filter(owner=by, name=name).exclude(pk=view.pk).exists():
        raise NotPossible(_("Another list of yours has this name already."))
    view.name, view.is_shared = name, is_shared
    view.save(update_fields=["name", "is_shared"])
    return view


@transaction.atomic
def delete_view(*, view: SavedView, by: User) -> None:
    """The name goes; the tickets stay as they are."""
    _owner_only(view, by)
    view.delete()


def _owner_only(view: SavedView, by: User) -> None:
    if view.owner_id != by.pk:
        raise PermissionDenied


def _may_share(by: User, *, is_shared: bool) -> None:
    if is_shared and not by.is_it_staff:
        raise PermissionDenied
