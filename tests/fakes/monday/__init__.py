"""monday.com as tests meet it: a real HTTP server that refuses what the real one refuses, and fails when told to.

    with Monday() as fake:
        client = Client(fake.token, url=fake.url)
        board = fake.world.make_board("Requests")
        fake.fails("drop-after", on="create_item")        # done, but the answer never comes
        fake.world.by(fake.person("Budi")).set(item, "status", {"index": 1})
        fake.calls("create_item"), fake.world.items_by("key"), fake.misuses

Names and types are those of `schema.graphql`; a test compares them with monday.com's own where that is present.
"""

from tests.fakes.monday.hooks import echo, post
from tests.fakes.monday.server import Call, Fault, Monday
from tests.fakes.monday.world import Board, Item, Mistake, Person, World

__all__ = ["Board", "Call", "Fault", "Item", "Mistake", "Monday", "Person", "World", "echo", "post"]
