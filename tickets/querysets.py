"""Which tickets one may see, and which ones a list wants."""

from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchRank
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import DECIDERS, IT_STAFF, Role
from accounts.models import Branch, Team, User
from clocks.enums import Promise
from clocks.models import Clock
from core.querysets import Rows, leaves_none_out
from tickets import search
from tickets.enums import OPEN, Kind, Status
from tickets.lists import FILTERS, ME, NOBODY, Asking, statuses

if TYPE_CHECKING:
    from tickets.models import (  # noqa: F401
        AboutAsset,
        Attachment,
        CannedAnswer,
        Comment,
        Draft,
        Guide,
        GuideHelp,
        Presence,
        Rating,
        SavedView,
        SearchText,
        Ticket,
        Tie,
        Unsent,
        Watcher,
        Wording,
    )

SEES_ALL = (*IT_STAFF, Role.AUDITOR)


class TicketRows(Rows["Ticket"]):
    """Tickets."""

    def visible_to(self, user: Any) -> "TicketRows":
        """One's own; those of one's branches for IT staff, auditors and heads; for deciders, those they decide on."""
        areas = [a.branch_id for a in user.authorities if a.role in (*SEES_ALL, Role.BRANCH_HEAD)]
        if None in areas:
            return self
        mine = Q(requester=user) | Q(assignee=user) | Q(branch_id__in=areas)
        if not user.is_decider:
            return self.filter(mine)
        # One set of numbers: a decider's few tickets are found from their forms, not by reading all tickets.
        own = self.model.objects.filter(mine).values_list("pk")
        return self.filter(pk__in=own.union(self._cases_of(user)))

    def _cases_of(self, user: Any) -> Any:
        """Cases of submitted forms in the branches where the user decides: whoever signs may read the case."""
        forms: Any = self.model._meta.apps.get_model("approvals", "Approval")
        areas = [a.branch_id for a in user.authorities if a.role in DECIDERS]
        submitted = forms.objects.filter(case_type="tickets.ticket").exclude(state="draft")
        within = submitted if None in areas else submitted.filter(branch_id__in=areas)
        return within.values_list("case_id")

    def tied_to(self, ticket: Any) -> "TicketRows":
        """Those that are linked with this one, from either side."""
        ties: Any = self.model._meta.apps.get_model("tickets", "Tie").objects
        return self.filter(
            Q(pk__in=ties.filter(first=ticket).values("second"))
            | Q(pk__in=ties.filter(second=ticket).values("first"))
        )

    def open(self) -> "TicketRows":
        """Not ended."""
        return self.filter(status__in=OPEN)

    def new(self) -> "TicketRows":
        """Waiting for the IT Manager, oldest first."""
        return self.filter(status=Status.NEW).order_by("pk")

    def of(self, user: Any) -> "TicketRows":
        """Asked by this person, newest first."""
        return self.filter(requester=user).order_by("-pk")

    def matching(self, *, by: Any, now: datetime, status: Any = (), **asked: Any) -> "TicketRows":
        """What a list asks for, by the names in `tickets.lists.FILTERS`; open ones where no status is named."""
        wanted = statuses([status] if isinstance(status, str) else list(status))
        rows = self if wanted == set(Status.values) else self.filter(status__in=sorted(wanted))
        for name, value in asked.items():
            if value not in (None, "", False):
                rows = FILTERS[name](rows, value, Asking(by, now))
        return rows

    def saying(self, question: str, *, by: Any) -> "TicketRows":
        """Those in which every word of the question stands; in internal notes it is looked for where `by` reads them.

        A rare word is answered from its index; a common one is found by reading the list from its top.
        """
        if (number := search.number_in(question)) is not None:
            return self.filter(pk=number)
        words, areas = search.words_in(question), by.note_areas
        texts: Any = self.model._meta.apps.get_model("tickets", "SearchText").objects
        found = texts.with_words(words, notes=bool(areas))
        ids = list(found.values_list("pk", flat=True)[: search.COMMON + 1])
        if len(ids) <= search.COMMON:
            rows = self.filter(pk__in=ids)
        else:
            rows = self.filter(Exists(found.filter(pk=OuterRef("pk"))))
        if areas and None not in areas:
            aloud = Exists(texts.with_words(words, notes=False).filter(pk=OuterRef("pk")))
            rows = rows.filter(Q(branch_id__in=areas) | aloud)
        return rows

    def alike(self, title: str, *, by: Any) -> "TicketRows":
        """Those that share the telling words of a title: all of them, else the two longest."""
        words = search.telling_words(title)
        if not words:
            return self.none()
        found = self.saying(" ".join(words), by=by)
        if len(words) > 2 and not found.exists():
            found = self.saying(" ".join(words[:2]), by=by)
        return found

    def solved_like(self, title: str, *, by: Any) -> "TicketRows":
        """Those that are done and share the telling words of a title.

        With the last two things that IT wrote there to the requester, the newest first, as `said_by_it`: what was done
        often stands before the words that ask for a test.
        """
        found = self.filter(status=Status.DONE).alike(title, by=by)
        said: Any = self.model._meta.apps.get_model("tickets", "Comment").objects.filter(
            ticket=OuterRef("pk"), is_internal=False
        )
        by_it = said.exclude(author=OuterRef("requester")).order_by("-pk")
        return found.annotate(said_by_it=ArraySubquery(by_it.values("text")[:2])).order_by("-pk")

    def waiting_for_requester(self) -> "TicketRows":
        """Open ones whose requester was asked something, or should test."""
        return self.open().filter(Q(asked_back_at__isnull=False) | Q(status=Status.USER_TESTING))

    def late(self, now: datetime) -> "TicketRows":
        """Open ones whose first answer is overdue, or whose planned finish lies before today.

        An index holds those that could be late at all, newest first: nobody has answered, or a finish is planned. Each
        asks for its own deadline, so a page costs what it shows, however many are late. A paused promise is not late.
        """
        promised = _response_clocks().ticking().values("due_at")[:1]
        could_be = self.open().filter(Q(answered_at=None) | Q(finish_date__isnull=False))
        return could_be.alias(promised_until=Subquery(promised)).filter(
            Q(finish_date__lt=timezone.localdate(now)) | Q(answered_at=None, promised_until__lt=now)
        )

    def tested_unwatched(self) -> "TicketRows":
        """Repairs and data updates whose requester should test while no clock waits for their word, oldest first."""
        waits = Clock.objects.running().filter(
            promise=Promise.CONFIRMATION, subject_type="tickets.ticket", subject_id=OuterRef("pk")
        )
        tested = self.filter(status=Status.USER_TESTING).exclude(kind=Kind.DEVELOPMENT)
        return tested.filter(~Exists(waits)).order_by("pk")

    def newest_of_each(self, statuses: list[Status], *, most: int) -> "TicketRows":
        """The newest `most` of each status."""
        first, *others = (self.filter(status=s).order_by("-pk").values_list("pk")[:most] for s in statuses)
        return self.filter(pk__in=first.union(*others, all=True))

    def planned(self, first: date, last: date) -> "TicketRows":
        """Those whose planned work touches these days, in the order of their beginning."""
        spans = Q(start_date__lte=last, finish_date__gte=first)
        single = Q(start_date=None, finish_date__range=(first, last)) | Q(
            finish_date=None, start_date__range=(first, last)
        )
        return self.filter(spans | single).order_by(Coalesce("start_date", "finish_date"), "pk")

    def with_answer_due(self) -> "TicketRows":
        """Adds `answer_due_at`, which is never null: until when the first answer is promised."""
        due = _response_clocks().values("due_at")[:1]
        return self.annotate(answer_due_at=Coalesce(Subquery(due), "created_at"))

    def with_list_columns(self) -> "TicketRows":
        """Loads what a list shows, the deadline of the first answer included; none while its clock is paused."""
        due = _response_clocks()
        return self.select_related("branch", "requester", "assignee", "team").annotate(
            response_due_at=Subquery(due.filter(paused_at=None).values("due_at")[:1]),
            response_state=Subquery(due.values("state")[:1]),
        )


def choices_for(user: Any) -> dict[str, list[tuple[str, str]]]:
    """What staff narrow a list to: branches, teams and people of IT, in one question. Nothing for others."""
    if not user.is_staff_member:
        return {}
    found: dict[str, list[tuple[str, str]]] = {
        "branch": [("", _("All branches"))],
        "team": [("", _("All teams"))],
        "assignee": [("", _("Everybody")), (ME, _("I")), (NOBODY, _("Nobody yet"))],
    }
    parts = (
        ("branch", Branch.objects.visible_to(user)),
        ("team", Team.objects.visible_to(user).filter(is_active=True)),
        ("assignee", User.objects.get_queryset().visible_to(user).in_it()),
    )
    first, *others = (rows.order_by().values_list(Value(name), "pk", "name") for name, rows in parts)
    for name, pk, label in sorted(first.union(*others), key=lambda row: row[2].lower()):
        found[name].append((str(pk), label))
    return found


def mentionable(ticket: Any, *, by: Any, internal: bool) -> Any:
    """Whom `by` may mention: those who work in IT; in what all read also the head of the branch and who asked."""
    roles = IT_STAFF if internal else (*IT_STAFF, Role.BRANCH_HEAD)
    people = User.objects.get_queryset()
    found = Q(pk__in=people.holding(*roles, branch_id=ticket.branch_id).order_by().values("pk"))
    if not internal:
        found |= Q(pk=ticket.requester_id)
    return people.filter(found).exclude(pk=by.pk).order_by("name", "pk")


def offered_to_mention(ticket: Any, typed: str, *, by: Any, internal: bool) -> Any:
    """Of those whom `by` may mention, whose name has a word that begins so; only people whom `by` sees anyway.

    That is whom they may see, and whoever works on the ticket or wrote in it: their names stand on its page.
    """
    comments: Any = ticket._meta.apps.get_model("tickets", "Comment").objects
    said = comments.visible_to(by).filter(ticket=ticket).values("author")
    seen = Q(pk__in=User.objects.get_queryset().visible_to(by).order_by().values("pk"))
    seen |= Q(pk=ticket.assignee_id) | Q(pk__in=said)
    rows = mentionable(ticket, by=by, internal=internal).filter(seen)
    words = Q(name__istartswith=typed) | Q(name__icontains=f" {typed}")
    return rows.filter(words) if typed else rows


def _response_clocks() -> Any:
    """The clock of the first answer, for a subquery."""
    return Clock.objects.filter(
        promise=Promise.RESPONSE, subject_type="tickets.ticket", subject_id=OuterRef("pk")
    )


class CommentRows(Rows["Comment"]):
    """What people wrote."""

    def visible_to(self, user: Any) -> "CommentRows":
        """With the ticket; internal notes for staff only."""
        tickets: Any = self.model._meta.apps.get_model("tickets", "Ticket")
        rows = self.pointing_to(tickets.objects.visible_to(user), "ticket")
        areas = user.note_areas
        return rows if None in areas else rows.filter(Q(is_internal=False) | Q(ticket__branch_id__in=areas))


class DraftRows(Rows["Draft"]):
    """Requests that are being written."""

    def visible_to(self, user: Any) -> "DraftRows":
        """One's own only."""
        return self.filter(owner=user)


class AttachmentRows(Rows["Attachment"]):
    """Files."""

    def visible_to(self, user: Any) -> "AttachmentRows":
        """With the ticket or the own draft; files of internal notes for staff only."""
        tickets: Any = self.model._meta.apps.get_model("tickets", "Ticket")
        tickets_seen = tickets.objects.visible_to(user)
        seen = Q(ticket__isnull=False) if leaves_none_out(tickets_seen) else Q(ticket__in=tickets_seen)
        rows = self.filter(seen | Q(draft__owner=user))
        areas = user.note_areas
        return (
            rows
            if None in areas
            else rows.exclude(~Q(ticket__branch_id__in=areas), comment__is_internal=True)
        )


class _WithTicket:
    """Rows that are seen by whoever sees their ticket."""

    def visible_to(self, user: Any) -> Any:
        """With the ticket."""
        tickets: Any = self.model._meta.apps.get_model("tickets", "Ticket")  # type: ignore[attr-defined]
        return self.pointing_to(tickets.objects.visible_to(user), "ticket")  # type: ignore[attr-defined]


class WatcherRows(_WithTicket, Rows["Watcher"]):
    """Who follows which ticket."""


class PresenceRows(_WithTicket, Rows["Presence"]):
    """Who has which ticket open."""


class UnsentRows(Rows["Unsent"]):
    """Answers and notes that are being written."""

    def visible_to(self, user: Any) -> "UnsentRows":
        """One's own only."""
        return self.filter(person=user)


class RatingRows(_WithTicket, Rows["Rating"]):
    """Satisfaction."""


class SearchRows(_WithTicket, Rows["SearchText"]):
    """Words of tickets."""

    def with_words(self, words: list[str], *, notes: bool) -> "SearchRows":
        """Tickets in which every word stands, in what everyone may read or, with `notes`, also among internal notes."""
        rows = self if words else self.none()
        for word in words:
            stands = Q(words=search.term(word))
            rows = rows.filter(stands | Q(internal=search.term(word)) if notes else stands)
        return rows


class WordingRows(Rows["Wording"]):
    """Earlier wordings."""

    def visible_to(self, user: Any) -> "WordingRows":
        """With the answer."""
        comments: Any = self.model._meta.apps.get_model("tickets", "Comment")
        return self.pointing_to(comments.objects.visible_to(user), "comment")


class TieRows(Rows["Tie"]):
    """Links between tickets."""

    def visible_to(self, user: Any) -> "TieRows":
        """Of whom both ends are visible: a link never tells of a ticket one may not see."""
        tickets: Any = self.model._meta.apps.get_model("tickets", "Ticket")
        return self.pointing_to(tickets.objects.visible_to(user), "first", "second")


class AboutRows(Rows["AboutAsset"]):
    """Which requests are about which assets."""

    def visible_to(self, user: Any) -> "AboutRows":
        """Of whom the reader sees both: neither tells of the other."""
        apps = self.model._meta.apps
        tickets: Any = apps.get_model("tickets", "Ticket").objects
        assets: Any = apps.get_model("inventory", "Asset").objects
        return self.pointing_to(tickets.visible_to(user), "ticket").pointing_to(
            assets.visible_to(user), "asset"
        )

    def with_assets(self) -> "AboutRows":
        """Loads what a ticket shows of its assets."""
        return self.select_related("asset__type", "asset__branch", "asset__holder")


class SavedViewRows(Rows["SavedView"]):
    """Lists under a name."""

    def visible_to(self, user: Any) -> "SavedViewRows":
        """One's own, and for staff those that were shared."""
        mine = Q(owner=user)
        return self.filter(mine | Q(is_shared=True) if user.is_staff_member else mine)


class CannedRows(Rows["CannedAnswer"]):
    """Sentences that IT writes often."""

    def visible_to(self, user: Any) -> "CannedRows":
        """For those who work in IT."""
        return self.filter(is_active=True) if user.is_staff_member else self.none()


class GuideRows(Rows["Guide"]):
    """How to help oneself."""

    def visible_to(self, user: Any) -> "GuideRows":
        """For everyone, once published; staff also read what is being written."""
        return self if user.is_staff_member else self.filter(is_published=True)

    def with_help(self, user: Any) -> "GuideRows":
        """How many people each of them has helped, as `helped`, and whether the reader is one of them (`helped_me`)."""
        told: Any = self.model._meta.apps.get_model("tickets", "GuideHelp").objects.filter(
            guide=OuterRef("pk")
        )
        number = told.order_by().values("guide").annotate(number=Count("pk")).values("number")
        return self.annotate(helped=Coalesce(Subquery(number), 0), helped_me=Exists(told.filter(person=user)))

    def published(self, language: str) -> "GuideRows":
        """Those that are offered, in this language first."""
        own_first = Case(When(language=language, then=0), default=1)
        return self.filter(is_published=True).order_by(own_first, "title", "pk")

    def about(self, title: str, *, language: str) -> "GuideRows":
        """Offered ones in the language that share a telling word with the title; those that share most first."""
        words = search.telling_words(title)
        if not words:
            return self.none()
        query = reduce(or_, map(search.term, words))
        rows = self.filter(is_published=True, language=language, vector=query)
        return rows.annotate(fit=SearchRank("vector", query)).order_by("-fit", "pk")


class GuideHelpRows(Rows["GuideHelp"]):
    """Whom a guide has helped."""

    def visible_to(self, user: Any) -> "GuideHelpRows":
        """One's own; all of them for the IT Manager."""
        return self if user.holds_anywhere(Role.IT_MANAGER) else self.filter(person=user)
