"""The bell over the API."""

from tests.api.client import Program
from tests.cast import Cast
from tests.harness.events import deliver
from tests.stages import plain


def test_one_reads_ones_own_messages(cast: Cast) -> None:
    plain(cast, "accepted")
    deliver()
    requester, agent = Program(cast.requester), Program(cast.agent)
    mine = requester.rows("notifications/", unread="true")
    assert mine
    requester.post(f"notifications/{mine[0]['id']}/read/")
    assert requester.said["read_at"]
    assert requester.post("notifications/read-all/") == {"read": len(mine) - 1}
    assert requester.rows("notifications/", unread="true") == []
    agent.post(f"notifications/{mine[0]['id']}/read/")
    agent.refused(404)
