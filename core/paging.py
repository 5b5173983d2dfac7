"""Pages of the API; apart from `core.api` because the REST framework loads it while it loads itself."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Pages by cursor over the primary key: the thousandth costs what the first does."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 100
