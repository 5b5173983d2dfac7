"""Addresses of developments."""

from django.urls import path

from devflow.verbs import OF_BUILD, OF_REQUEST
from devflow.views import audit, board, capacity, development, timeline

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
    path("of/<int:ticket_pk>/", development.for_ticket, name="for_ticket"),
    *(path(f"<int:pk>/{name}/", development.act, {"verb": name}, name=name) for name in OF_REQUEST),
    *(
        path(f"builds/<int:pk>/{name}/", development.deploy, {"verb": name}, name=f"deploy-{name}")
        for name in OF_BUILD
    ),
]
