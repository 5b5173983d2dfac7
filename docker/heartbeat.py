"""Container health of a part that listens on no port: exit code 0 while its heartbeat in the database is fresh."""

import os
import sys

import psycopg2

SILENCE_SECONDS = 45


def main(name: str) -> int:
    """0 when the part called `name` gave a sign of life lately, else 1."""
    link = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3)
    with link, link.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() - beat_at) FROM events_heartbeat WHERE name = %s", [name]
        )
        found = cursor.fetchone()
    return 0 if found and found[0] < SILENCE_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
