"""Pages of the API; apart from `core.api` because the REST framework loads it while it loads itself."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from core.pages import NEWEST, Order


class NewestFirst(CursorPagination):
    """Pages by cursor over the primary key: the thousandth costs what the first does."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 100


class InOrder(NewestFirst):
    """Pages by cursor in the order that the view names (`view.order`). A cursor is the place of a row, not a count."""

    order: Order
    found: list[Any]

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page; raises NotFound for a cursor that no list of ours has given."""
        self.request = request
        self.base_url = request.build_absolute_uri()
        self.order: Order = getattr(view, "order", NEWEST)
        size = self.get_page_size(request) or self.max_page_size
        self.cursor = self.decode_cursor(request)
        backwards = bool(self.cursor and self.cursor.reverse)
        rows = self._beyond(queryset, backwards=backwards)
        found = list(self.order.sorted(rows, backwards=backwards)[: size + 1])
        more = len(found) > size
        self.found = found[:size][::-1] if backwards else found[:size]
        self.has_next = backwards or more
        self.has_previous = more if backwards else bool(self.cursor and self.cursor.position)
        return self.found

    def _beyond(self, rows: QuerySet[Any], *, backwards: bool) -> QuerySet[Any]:
        position = self.cursor.position if self.cursor else None
        if position is None:
            return rows
        try:
            return self.order.beyond(rows, str(position), backwards=backwards)
        except ValueError:
            raise NotFound(self.invalid_cursor_message) from None

    def get_next_link(self) -> str | None:
        """The page after this one."""
        return self._link(-1, reverse=False) if self.has_next and self.found else None

    def get_previous_link(self) -> str | None:
        """The page before this one."""
        return self._link(0, reverse=True) if self.has_previous and self.found else None

    def _link(self, index: int, *, reverse: bool) -> str:
        place = self.order.position(self.found[index])
        return self.encode_cursor(Cursor(offset=0, reverse=reverse, position=place))  # type: ignore[arg-type] # any text
