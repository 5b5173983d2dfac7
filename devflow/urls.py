"""Addresses of developments."""

from django.urls import path

from devflow.verbs import OF_BUILD, OF_REQUEST
from devflow.views import board, capacity, development, timeline

app_name = "devflow"
urlpatterns = [
    path("", development.board, name="list"),
    path("board/", board.board, name="board"),
    path("timeline/", timeline.timeline, name="timeline"),
    path("capacity/", capacity.capacity, name="capacity"),
    path("of/<int:ticket_pk>/", development.for_ticket, name="for_ticket"),
    *(path(f"<int:pk>/{name}/", development.act, {"verb": name}, name=name) for name in OF_REQUEST),
    *(
        path(f"builds/<int:pk>/{name}/", development.deploy, {"verb": name}, name=f"deploy-{name}")
        for name in OF_BUILD
    ),
]
