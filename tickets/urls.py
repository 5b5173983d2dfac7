"""Addresses of tickets."""

from django.urls import path

from tickets.verbs import VERBS
from tickets.views import (
    acting,
    asking,
    board,
    broken,
    calendar,
    conversation,
    export,
    lists,
    phone,
    reading,
    triage,
)

app_name = "tickets"
urlpatterns = [
    path("", lists.index, name="list"),
    path("export/<str:form>/", export.export, name="export"),
    path("board/", board.board, name="board"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("views/", lists.save_view, name="save_view"),
    path("views/<int:pk>/", lists.saved_view, name="saved_view"),
    path("new/", asking.new, name="new"),
    path("drafts/<int:pk>/<int:step>/", asking.draft, name="draft"),
    path("drafts/<int:pk>/similar/", asking.similar, name="similar"),
    path("guides/", asking.guides, name="guides"),
    path("guides/<int:pk>/", asking.guide, name="guide"),
    path("guides/<int:pk>/helped/", asking.helped, name="helped"),
    path("phone/", phone.phone, name="phone"),
    path("phone/callers/", phone.callers, name="callers"),
    path("drafts/<int:pk>/discard/", asking.discard, name="discard"),
    path("files/<int:pk>/", reading.file, name="file"),
    path("files/<int:pk>/small/", reading.small, name="small"),
    path("files/<int:pk>/remove/", asking.detach, name="detach"),
    path("<int:pk>/", reading.detail, name="detail"),
    path("<int:pk>/timeline/", reading.timeline, name="timeline"),
    path("<int:pk>/around/", reading.around, name="around"),
    path("<int:pk>/answer/", conversation.answer, name="answer"),
    path("<int:pk>/note/", conversation.note, name="note"),
    path("<int:pk>/unsent/", conversation.keep, name="unsent"),
    path("<int:pk>/canned/", conversation.canned, name="canned"),
    path("<int:pk>/people/", conversation.people, name="people"),
    path("<int:pk>/watch/", conversation.watch, name="watch"),
    path("<int:pk>/presence/", conversation.presence, name="presence"),
    path("answers/<int:pk>/edit/", conversation.edit, name="edit"),
    path("triage/", triage.triage, name="triage"),
    path("about/<int:pk>/", lists.about_asset, name="about_asset"),
    path("broken/", broken.index, name="broken"),
    path("broken/<slug:form>/", broken.export, name="broken-export"),
    path("<int:pk>/assets/", lists.assets, name="assets"),
    *(path(f"<int:pk>/{name}/", acting.act, {"verb": name}, name=name) for name in VERBS),
]
