"""Pages of forms."""

from approvals.views.deciding import decide
from approvals.views.reading import detail, document, for_case, index
from approvals.views.writing import add_scenario, edit, withdraw

__all__ = ["add_scenario", "decide", "detail", "document", "edit", "for_case", "index", "withdraw"]
