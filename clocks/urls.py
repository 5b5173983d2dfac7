"""Addresses of promises, calendars and policies."""

from django.urls import path

from clocks import views
from clocks.verbs import VERBS

app_name = "clocks"
urlpatterns = [
    path("", views.policies, name="list"),
    path("policies/new/", views.new_policy, name="new-policy"),
    path("policies/<int:pk>/return/", views.return_policy, name="return-policy"),
    path("calendars/", views.calendars, name="calendars"),
    path("calendars/new/", views.new_calendar, name="new-calendar"),
    path("calendars/<int:pk>/", views.calendar, name="calendar"),
    path("calendars/<int:pk>/publish/", views.publish, name="publish"),
    path("of/<str:case_type>/<int:case_id>/", views.for_case, name="for_case"),
    path("<int:pk>/", views.detail, name="detail"),
    *(path(f"<int:pk>/{name}/", views.act, {"verb": name}, name=name) for name in VERBS),
]
