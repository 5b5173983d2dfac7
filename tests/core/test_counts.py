"""Counting that ends."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.querysets import count_up_to
from tests.cast import Cast


def test_rows_are_counted_no_further_than_asked_and_all_at_once(cast: Cast) -> None:
    everybody = len(cast.everybody())
    people = User.objects.get_queryset().people().order_by("name")
    asked = {"all": people, "some": people.filter(email__startswith="agent@"), "none": people.none()}
    with CaptureQueriesContext(connection) as queries:
        assert count_up_to(everybody + 1, **asked) == {"all": everybody, "some": 1, "none": 0}
    assert len(queries) == 1
    assert count_up_to(3, **asked)["all"] == 3
    assert count_up_to(3, none=people.none()) == {"none": 0}
    assert count_up_to(3) == {}
