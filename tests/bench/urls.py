"""The product's addresses, and the empty page that every figure is compared with."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from core.http import reads
from kumala_itsm import urls


@reads
def empty(request: HttpRequest) -> HttpResponse:
    """Nothing, for somebody who is signed in: every middleware, the session and the person, no template."""
    return HttpResponse(f"{request.user.pk}\n", content_type="text/plain")


urlpatterns = [path("bench/empty/", empty), path("", include(urls.urlpatterns))]
for _name in ("handler400", "handler403", "handler404", "handler500"):
    if hasattr(urls, _name):
        globals()[_name] = getattr(urls, _name)
