"""Addresses of tickets."""

from django.urls import path

from tickets import views
from tickets.verbs import VERBS

app_name = "tickets"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.new, name="new"),
    path("drafts/<int:pk>/<int:step>/", views.draft, name="draft"),
    path("drafts/<int:pk>/discard/", views.discard, name="discard"),
    path("files/<int:pk>/", views.file, name="file"),
    path("files/<int:pk>/remove/", views.detach, name="detach"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/timeline/", views.timeline, name="timeline"),
    *(path(f"<int:pk>/{name}/", views.act, {"verb": name}, name=name) for name in VERBS),
]
