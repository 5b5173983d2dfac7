"""The REST API: one router, one OpenAPI document, one page of documentation."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from accounts.api import Branches, Me, People, Teams
from approvals.api import ApprovalPolicies, Approvals, CaseFiles
from backups.api import BackupPolicies, MonthlyReports, Repositories, Restores, Runs, Targets
from backups.urls import pings
from clocks.api import Calendars, Clocks, Policies
from devflow.api import (
    Board,
    BookedHours,
    Builds,
    Capacity,
    Deployments,
    Developments,
    Freezes,
    Releases,
    Reports,
    Systems,
    Timeline,
    Windows,
)
from events.api import Seals
from integrations.agents.api import AgentKeys, Findings, Machines
from integrations.agents.api import Reports as AgentReports
from integrations.mailbox.api import Messages
from integrations.monday.api import Differences, Links, Mirror, MondayPeople, Remarks, Strays
from inventory.api import (
    Assets,
    AssetTypes,
    Handovers,
    Imports,
    Installations,
    Plans,
    Renewables,
    Rooms,
    StockTakes,
    Tasks,
    Titles,
    Verification,
)
from notifications.api import Notifications
from tickets.api import BrokenOften, Guides, SavedViews, Tickets

# The one style sheet that the page of the package carries inside itself, by its content; nothing else is let in.
_OWN_STYLE = "'sha256-MMpT0iDxyjALd9PdfepImGX3DBfJPXZ4IlDWdPAgtn0='"
docs = csp_update({"style-src": [SELF, _OWN_STYLE]})(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema")
)


@extend_schema(exclude=True)
class Missing(APIView):
    """An address below `/api/v1/` that does not exist: a problem in JSON, not a page."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whatever the method."""
        raise Http404


router = SimpleRouter()
router.register("branches", Branches, basename="branch")
router.register("people", People, basename="person")
router.register("teams", Teams, basename="team")
router.register("tickets", Tickets, basename="ticket")
router.register("lists", SavedViews, basename="saved-list")
router.register("guides", Guides, basename="guide")
router.register("developments", Developments, basename="development")
router.register("booked-hours", BookedHours, basename="booked-hours")
router.register("builds", Builds, basename="build")
router.register("development-board", Board, basename="development-board")
router.register("development-timeline", Timeline, basename="development-timeline")
router.register("development-capacity", Capacity, basename="development-capacity")
router.register("broken-often", BrokenOften, basename="broken-often")
router.register("development-reports", Reports, basename="development-report")
router.register("deployments", Deployments, basename="deployment")
router.register("systems", Systems, basename="system")
router.register("release-windows", Windows, basename="release-window")
router.register("releases", Releases, basename="release")
router.register("freezes", Freezes, basename="freeze")
router.register("assets", Assets, basename="asset")
router.register("asset-imports", Imports, basename="asset-import")
router.register("software-titles", Titles, basename="software-title")
router.register("renewables", Renewables, basename="renewable")
router.register("asset-types", AssetTypes, basename="asset-type")
router.register("hand-overs", Handovers, basename="hand-over")
router.register("rooms", Rooms, basename="room")
router.register("stock-takes", StockTakes, basename="stock-take")
router.register("verification", Verification, basename="verification")
router.register("maintenance-plans", Plans, basename="maintenance-plan")
router.register("maintenance", Tasks, basename="maintenance")
router.register("installations", Installations, basename="installation")
router.register("approvals", Approvals, basename="approval")
router.register("approval-policies", ApprovalPolicies, basename="approval-policy")
router.register("case-files", CaseFiles, basename="case-file")
router.register("clocks", Clocks, basename="clock")
router.register("calendars", Calendars, basename="calendar")
router.register("promises", Policies, basename="promise")
router.register("notifications", Notifications, basename="notification")
router.register("messages", Messages, basename="message")
router.register("monday/links", Links, basename="monday-link")
router.register("monday/findings", Differences, basename="monday-finding")
router.register("monday/remarks", Remarks, basename="monday-remark")
router.register("monday/people", MondayPeople, basename="monday-person")
router.register("monday/cards", Strays, basename="monday-card")
router.register("monday", Mirror, basename="monday")
router.register("backup-targets", Targets, basename="backup-target")
router.register("backup-repositories", Repositories, basename="backup-repository")
router.register("backup-policies", BackupPolicies, basename="backup-policy")
router.register("backup-reports", MonthlyReports, basename="backup-report")
router.register("backup-runs", Runs, basename="backup-run")
router.register("restores", Restores, basename="restore")
router.register("machines", Machines, basename="machine")
router.register("findings", Findings, basename="finding")
router.register("agent-reports", AgentReports, basename="agent-report")
router.register("agent-keys", AgentKeys, basename="agent-key")
router.register("seals", Seals, basename="seal")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(router.urls)),
    *pings,
    path("me/", Me.as_view(), name="api-me"),
    path("schema/", login_not_required(SpectacularAPIView.as_view()), name="api-schema"),
    path("docs/", login_not_required(docs), name="api-docs"),
    re_path(r"^.*/$", Missing.as_view(), name="api-missing"),
]
