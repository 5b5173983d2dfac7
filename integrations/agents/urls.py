"""Addresses of machines, their reports and keys; and the one at which agents report."""

from django.urls import path

from integrations.agents.verbs import VERBS
from integrations.agents.views import door, pages

app_name = "agents"
urlpatterns = [
    path("", pages.index, name="list"),
    path("security/", pages.security_state, name="security"),
    path("reports/", pages.reports, name="reports"),
    path("reports/bring/", pages.bring, name="bring"),
    path("reports/<int:pk>/report.bin", pages.raw, name="raw"),
    path("reports/<int:pk>/read-again/", pages.read_again, name="read_again"),
    path("keys/", pages.keys, name="keys"),
    path("keys/<int:pk>/revoke/", pages.revoke_key, name="revoke_key"),
    path("for-asset/<int:pk>/", pages.for_asset, name="for_asset"),
    path("<int:pk>/", pages.machine, name="machine"),
    *(path(f"<int:pk>/{name}/", pages.act, {"verb": name}, name=name) for name in VERBS),
]

# For the agents: no sign-in.
reporting = ([path("", door.report, name="report")], "agent_door")
