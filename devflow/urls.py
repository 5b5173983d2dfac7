"""Addresses of developments."""

from django.urls import path

from devflow.verbs import AGREE, OF_BUILD, OF_REQUEST
from devflow.views import (
    agreeing,
    audit,
    board,
    capacity,
    development,
    hours,
    notes,
    panel,
    releases,
    systems,
    timeline,
    windows,
)

app_name = "devflow"
urlpatterns = [
    path("", development.board, name="list"),
    path("board/", board.board, name="board"),
    path("timeline/", timeline.timeline, name="timeline"),
    path("capacity/", capacity.capacity, name="capacity"),
    path("audit/", audit.report, name="audit"),
    path("audit/<slug:name>/", audit.report, name="audit-report"),
    path("audit/<slug:name>/<slug:form>/", audit.export, name="audit-export"),
    path("emergencies/", development.emergencies, name="emergencies"),
    path("of/<int:ticket_pk>/", panel.for_ticket, name="for_ticket"),
    path("releases/<int:pk>/withdraw/", releases.withdraw, name="withdraw-release"),
    path("hours/<int:pk>/take-back/", hours.take_back, name="take-back-hours"),
    path("systems/", systems.index, name="systems"),
    path("systems/new/", systems.keep, name="new-system"),
    path("systems/<int:pk>/", systems.detail, name="system"),
    path("systems/<int:pk>/edit/", systems.keep, name="edit-system"),
    path("systems/<int:pk>/notes/", notes.notes, name="notes"),
    path("systems/<int:pk>/notes/file/", notes.file, name="notes-file"),
    path("systems/<int:pk>/windows/", windows.windows, name="windows"),
    path("systems/<int:pk>/windows/add-<str:kind>/", windows.add, name="add-when"),
    path("windows/", windows.windows, name="windows-all"),
    path("windows/add-<str:kind>/", windows.add, name="add-when-all"),
    path("windows/<str:kind>/<int:pk>/end/", windows.end, name="end-when"),
    path("systems/<int:pk>/servers/<str:kind>/look/", systems.look, name="look"),
    path("systems/<int:pk>/servers/<str:kind>/", systems.server, name="server"),
    *(path(f"<int:pk>/{name}/", development.act, {"verb": name}, name=name) for name in OF_REQUEST),
    *(
        path(f"builds/<int:pk>/{name}/", development.deploy, {"verb": name}, name=f"deploy-{name}")
        for name in OF_BUILD
        if name != AGREE.name
    ),
    path("builds/<int:pk>/agree/", agreeing.agree, name="deploy-agree"),
    path("builds/<int:pk>/agree/challenge/", agreeing.challenge, name="agree-challenge"),
]
