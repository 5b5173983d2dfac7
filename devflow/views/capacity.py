"""The capacity page: open estimates against the hours of each week, person by person; for the IT Manager."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.enums import Role
from accounts.who import me
from core.http import reads
from devflow.views.board import looks
from devflow.workload import workload


@reads
def capacity(request: HttpRequest) -> HttpResponse:
    """Weeks beside people, the busiest first; who manages IT sees the work of their branches."""
    if not me(request).holds_anywhere(Role.IT_MANAGER):
        raise Http404
    found = workload(me(request))
    return render(
        request, "devflow/capacity.html", vars(found) | {"from": found.begin, "looks": looks(request)}
    )
