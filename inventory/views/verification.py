"""The six months of SOP-B4.1.1, branch by branch."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Branch
from accounts.who import me
from core.http import reads
from core.pages import page
from inventory.enums import WARN_BEFORE
from inventory.lists import in_order
from inventory.models import Asset


@reads
def index(request: HttpRequest) -> HttpResponse:
    """How many assets of each branch are verified, soon due and overdue; below, those of one branch that are due."""
    user, now = me(request), timezone.now()
    seen = Asset.objects.visible_to(user).kept()
    counts = seen.counted_by_branch(now, now + WARN_BEFORE)
    names = Branch.objects.names(row["branch"] for row in counts)
    rows = seen.filter(due_at__lt=now + WARN_BEFORE)
    chosen = request.GET.get("branch", "")
    if chosen.isdecimal() and len(chosen) < 19:
        rows = rows.filter(branch=int(chosen))
    context = page(request, rows.with_list_columns(), order=in_order("due"))
    context |= {
        "branches": sorted(
            (
                {**row, "name": names.get(row["branch"], ""), "chosen": str(row["branch"]) == chosen}
                for row in counts
            ),
            key=lambda row: (-row["overdue"], row["name"]),
        ),
        "now": now,
    }
    return render(request, "inventory/verification.html", context)
