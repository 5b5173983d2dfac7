"""Addresses of letters that came in."""

from django.urls import path

from integrations.mailbox import views
from integrations.mailbox.verbs import VERBS

app_name = "mailbox"
urlpatterns = [
    path("", views.index, name="list"),
    path("status/", views.status, name="status"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/letter.eml", views.raw, name="raw"),
    *(path(f"<int:pk>/{name}/", views.act, {"verb": name}, name=name) for name in VERBS),
]
