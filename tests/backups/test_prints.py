"""What is compared of a database: every table by its rows, small ones by every letter, large ones not at that price."""

from contextlib import closing

import pytest

from backups import dumps, prints
from backups.dumps import Server
from tests.backups.servers import ask


@pytest.mark.parametrize("looked", [False, True], ids=["never looked at", "looked at"])
def test_a_small_table_is_summed_and_a_large_one_only_counted(shop: Server, looked: bool) -> None:
    """Also before PostgreSQL has looked at them: then it guesses -1 rows for both."""
    for name, rows in (("small", 100), ("large", prints.FEW + 1)):
        ask(shop, f"CREATE TABLE {name} AS SELECT n, md5(n::text) AS text FROM generate_series(1, {rows}) n")
        if looked:
            ask(shop, f"ANALYZE {name}")
    before = _print(shop)["tables"]
    assert before["public.small"][0] == 100
    assert before["public.large"] == [prints.FEW + 1, ""]
    ask(shop, "UPDATE small SET text = 'another' WHERE n = 7")
    after = _print(shop)["tables"]["public.small"]
    assert after[0] == 100
    assert after[1] != before["public.small"][1] != ""
    ask(shop, "DROP TABLE small, large")


def _print(server: Server) -> prints.Print:
    with closing(dumps.connect(server)) as connection, connection.cursor() as cursor:
        return prints.of_postgres(cursor)
