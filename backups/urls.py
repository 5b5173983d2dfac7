"""Addresses of backups."""

from django.urls import path

from backups import views

app_name = "backups"
urlpatterns = [
    path("", views.index, name="register"),
    path("targets/new/", views.keep_target, name="new-target"),
    path("targets/<int:pk>/", views.target, name="target"),
    path("targets/<int:pk>/edit/", views.keep_target, name="edit-target"),
    path("targets/<int:pk>/policy/", views.add_policy, name="add-policy"),
    path("targets/<int:pk>/run-<str:kind>/", views.ask_run, name="ask-run"),
    path("targets/<int:pk>/reporting/", views.issue_ping, name="issue-ping"),
    path("policies/<int:pk>/end/", views.end_policy, name="end-policy"),
    path("repositories/new/", views.keep_repository, name="new-repository"),
    path("repositories/<int:pk>/", views.repository, name="repository"),
    path("repositories/<int:pk>/edit/", views.keep_repository, name="edit-repository"),
    path("repositories/<int:pk>/check/", views.ask_check, name="ask-check"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/restore/", views.ask_restore, name="ask-restore"),
    path("runs/<int:pk>/files/", views.files, name="files"),
    path("copies/<int:pk>/take/", views.take, name="take"),
    path("reports/", views.reports, name="reports"),
    path("reports/<int:pk>/", views.report, name="report"),
    path("reports/<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("restores/<int:pk>/", views.restore, name="restore"),
    path("restores/<int:pk>/agree/", views.decide_restore, {"agree": True}, name="agree-restore"),
    path("restores/<int:pk>/refuse/", views.decide_restore, {"agree": False}, name="refuse-restore"),
]
pings = [
    path("backups/ping/<str:token>", views.ping, name="api-ping"),
    path("backups/ping/<str:token>/start", views.ping, {"signal": "start"}, name="api-ping-start"),
    path("backups/ping/<str:token>/success", views.ping, {"signal": "success"}, name="api-ping-success"),
    path("backups/ping/<str:token>/fail", views.ping, {"signal": "fail"}, name="api-ping-fail"),
    path("backups/alive", views.alive, name="api-backups-alive"),
]
