"""The REST API: one router, one OpenAPI document, one page of documentation."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from accounts.api import Branches, Me, People

router = SimpleRouter()
router.register("branches", Branches, basename="branch")
router.register("people", People, basename="person")

urlpatterns = [
    path("", include(router.urls)),
    path("me/", Me.as_view(), name="api-me"),
    path("schema/", login_not_required(SpectacularAPIView.as_view()), name="api-schema"),
    path("docs/", login_not_required(SpectacularSwaggerSplitView.as_view(url_name="api-schema")), name="api-docs"),
]
