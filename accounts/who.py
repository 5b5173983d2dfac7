"""Who is acting in this request."""

from django.http import HttpRequest

from accounts.models import User


def me(request: HttpRequest) -> User:
    """The signed-in person. Raises AssertionError on a page that strangers may see: such a page has nobody to ask."""
    assert isinstance(request.user, User)
    return request.user
