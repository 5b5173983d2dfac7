"""All addresses of the product."""

from allauth.account import urls as allauth_urls
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from approvals.urls import verification
from core.gallery import gallery
from integrations.agents import urls as agents_urls
from kumala_itsm import api
from kumala_itsm.health import healthz, readyz

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"

# What a person may do with their own account. Addresses and new accounts are the administrator's business.
SIGN_IN = [
    address
    for address in allauth_urls.urlpatterns
    if address.name.startswith(
        ("account_log", "account_reauth", "account_reset", "account_change_p", "account_inactive")
    )
    or address.name == "account_signup"  # closed; the library names it
]

urlpatterns = [
    path("", include("portal.urls")),
    path("requests/", include("tickets.urls")),
    path("developments/", include("devflow.urls")),
    path("backups/", include("backups.urls")),
    path("assets/", include("inventory.urls")),
    path("approvals/", include("approvals.urls")),
    path("verify/", include(verification)),
    path("clocks/", include("clocks.urls")),
    path("notifications/", include("notifications.urls")),
    path("mailbox-in/", include("integrations.mailbox.urls")),
    path("integrations/monday/", include("integrations.monday.urls")),
    path("agents/", include("integrations.agents.urls")),
    path("integrations/agents/", include(agents_urls.reporting)),
    path("ledger/", include("events.urls")),
    path("account/", include("accounts.urls")),
    path("account/", include(SIGN_IN)),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    path("api/v1/", include(api.urlpatterns)),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("favicon.ico", login_not_required(RedirectView.as_view(url="/static/img/favicon.svg"))),
]
if settings.DEMO:
    urlpatterns.append(path("gallery/", gallery, name="gallery"))
