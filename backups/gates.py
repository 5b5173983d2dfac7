"""The SOP in PL/pgSQL, for whoever comes past page and API."""

from accounts.gates import holds_role
from core.database import gate

RESTORE = (
    gate(
        "SOP-A4",
        """NEW.over_source AND NEW.state IN ('agreed', 'done') AND NOT (
            NEW.manager_id IS NOT NULL AND NEW.db_manager_id IS NOT NULL AND NEW.manager_id <> NEW.db_manager_id)""",
        "The IT Manager and the Database Manager must both agree, and must be two persons.",
    )
    + gate(
        "SOP-A4",
        f"""NEW.manager_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.manager_id IS DISTINCT FROM OLD.manager_id)
        AND NOT {holds_role(role="'it_manager'", person="NEW.manager_id", branch="NULL")}""",
        "Only the IT Manager can give this word.",
    )
    + gate(
        "SOP-A4",
        f"""NEW.db_manager_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.db_manager_id IS DISTINCT FROM OLD.db_manager_id)
        AND NOT {holds_role(role="'db_manager'", person="NEW.db_manager_id", branch="NULL")}""",
        "Only the Database Manager can give this word.",
    )
    + gate(
        "SOP-A4",
        """NEW.over_source AND NEW.state IN ('agreed', 'done') AND EXISTS (
            SELECT 1 FROM backups_target t WHERE t.id = NEW.target_id AND t.kind = 'product')""",
        "This product is not restored over itself while it runs: use the disaster command.",
    )
    + "\n        RETURN NEW;"
)

POLICY = (
    gate(
        "SOP-B4.4.2",
        f"""NEW.apart <> 'apart' AND NEW.ended_at IS NULL
        AND EXISTS (SELECT 1 FROM backups_target t WHERE t.id = NEW.target_id AND t.is_sop)
        AND (NEW.same_place_reason = '' OR NEW.same_place_by_id IS NULL
             OR ((TG_OP = 'INSERT' OR NEW.same_place_by_id IS DISTINCT FROM OLD.same_place_by_id)
                 AND NOT {holds_role(role="'it_manager'", person="NEW.same_place_by_id", branch="NULL")}))""",
        "The copy would not lie apart from the main server. The IT Manager can accept it with a reason.",
    )
    + "\n        RETURN NEW;"
)
