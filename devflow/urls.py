"""Addresses of developments."""

from django.urls import path

from devflow import views
from devflow.verbs import OF_BUILD, OF_REQUEST

app_name = "devflow"
urlpatterns = [
    path("", views.board, name="list"),
    path("of/<int:ticket_pk>/", views.for_ticket, name="for_ticket"),
    *(path(f"<int:pk>/{name}/", views.act, {"verb": name}, name=name) for name in OF_REQUEST),
    *(
        path(f"builds/<int:pk>/{name}/", views.deploy, {"verb": name}, name=f"deploy-{name}")
        for name in OF_BUILD
    ),
]
