"""Addresses of the ledger."""

from django.urls import path

from events import views

app_name = "events"
urlpatterns = [
    path("", views.ledger, name="ledger"),
    path("seals/", views.seals, name="seals"),
    path("seals/<int:number>/", views.seal, name="seal"),
]
