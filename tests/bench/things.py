# ruff: noqa: E501 - a table or a sentence reads better on one line
"""Pages of the inventory: what is asked, and the bare SQL without which they could not be drawn."""

from urllib.parse import quote

from tests.bench.pages import Page, Statement

COMMON = 10  # programs that are on every asset
SERIAL = "KALEIDO"  # how one serial number in a thousand begins
BELOW = "110"
_ASSET = (
    "SELECT a.id, a.tag, a.name, a.serial, a.maker, a.model, a.state, a.verified_at, a.due_at, t.name, b.name, r.name, h.name"
    " FROM inventory_asset a JOIN inventory_assettype t ON t.id = a.type_id JOIN accounts_branch b ON b.id = a.branch_id"
    " LEFT JOIN inventory_room r ON r.id = a.room_id LEFT JOIN accounts_user h ON h.id = a.holder_id"
)
_KEPT = "a.state IN ('in_stock', 'in_use', 'repair')"


def pages(assets: int, title: int) -> list[Page]:
    """For an agent of the whole group."""
    one = assets // 2
    return [
        Page("list of assets", "agent", "/assets/", ((f"{_ASSET} WHERE {_KEPT} ORDER BY a.id DESC LIMIT 26", ()),), 8),
        Page(
            "list of assets, deep", "agent", f"/assets/?before={one}",
            ((f"{_ASSET} WHERE {_KEPT} AND a.id < %s ORDER BY a.id DESC LIMIT 26", (one,)),), 8,
        ),
        Page("assets, one serial number in a thousand", "agent", f"/assets/?q={quote(SERIAL)}", _words(), 8, growth=2),
        Page("one asset", "agent", f"/assets/{one}/", _asset(one), 8),
        Page("software by name", "agent", "/assets/software/", _titles(), 8),
        Page("machines with a version below", "agent", f"/assets/software/{title}/?how=below&version={BELOW}", _below(title), 8, growth=100),
        Page(
            "API, machines with a version below", "token", f"/api/v1/installations/?title={title}&below={BELOW}",
            _older(title, "i.id DESC"), 5, growth=2,
        ),
    ]  # fmt: skip


def _words() -> tuple[Statement, ...]:
    return (
        (
            f"{_ASSET} WHERE {_KEPT} AND a.words @@ to_tsquery('simple', %s) ORDER BY a.id DESC LIMIT 26",
            (f"{SERIAL.lower()}:*",),
        ),
    )


def _asset(pk: int) -> tuple[Statement, ...]:
    return (
        (f"{_ASSET} WHERE a.id = %s", (pk,)),
        (
            "SELECT * FROM events_event WHERE subject_type = 'inventory.asset' AND subject_id = %s ORDER BY id DESC LIMIT 21",
            (pk,),
        ),
        ("SELECT * FROM inventory_assetfile WHERE asset_id = %s ORDER BY id DESC LIMIT 30", (pk,)),
        (f"{_ASSET} WHERE a.parent_id = %s ORDER BY a.id LIMIT 30", (pk,)),
        (
            "SELECT t.name, i.version FROM inventory_installation i JOIN inventory_softwaretitle t ON t.id = i.title_id"
            " WHERE i.asset_id = %s AND i.gone_at IS NULL ORDER BY t.name, i.id LIMIT 31",
            (pk,),
        ),
    )


def _titles() -> tuple[Statement, ...]:
    """The first 25 of them, and how many of each, up to a thousand."""
    counted = (
        "SELECT t.id, (SELECT count(*) FROM (SELECT 1 FROM inventory_installation i WHERE i.title_id = t.id AND i.gone_at IS NULL"
        " LIMIT 1000) x) FROM (SELECT id FROM inventory_softwaretitle ORDER BY lower(name), id LIMIT 25) t"
    )
    return (
        ("SELECT id, name, publisher FROM inventory_softwaretitle ORDER BY lower(name), id LIMIT 26", ()),
        (counted, ()),
    )


def _older(title: int, order: str) -> tuple[Statement, ...]:
    """Versions below, then the machines; the key of 110 as `inventory.versions` writes it."""
    fitting = "SELECT version FROM inventory_softwareversion WHERE title_id = %s AND key < '7010' || '703110' || '3'"
    return (
        (
            f"SELECT i.id, i.version, a.tag, a.name, b.name FROM inventory_installation i JOIN inventory_asset a ON a.id = i.asset_id"
            f" JOIN accounts_branch b ON b.id = a.branch_id WHERE i.title_id = %s AND i.gone_at IS NULL AND i.version IN ({fitting})"
            f" ORDER BY {order} LIMIT 26",
            (title, title),
        ),
    )


def _below(title: int) -> tuple[Statement, ...]:
    versions = "SELECT version, count(*) FROM inventory_installation WHERE title_id = %s AND gone_at IS NULL GROUP BY version ORDER BY 2 DESC"
    return (*_older(title, "i.asset_id, i.id"), (versions, (title,)))
