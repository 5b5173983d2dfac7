"""All addresses of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language
from django.contrib.auth.decorators import login_not_required
from django.views.generic import RedirectView

from core.gallery import gallery
from kumala_itsm import api
from kumala_itsm.health import healthz, readyz

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"

urlpatterns = [
    path("", include("portal.urls")),
    path("requests/", include("tickets.urls")),
    path("developments/", include("devflow.urls")),
    path("approvals/", include("approvals.urls")),
    path("notifications/", include("notifications.urls")),
    path("ledger/", include("events.urls")),
    path("account/", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    path("api/v1/", include(api.urlpatterns)),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("favicon.ico", login_not_required(RedirectView.as_view(url="/static/img/favicon.svg"))),
]
if settings.DEMO:
    urlpatterns.append(path("gallery/", gallery, name="gallery"))
