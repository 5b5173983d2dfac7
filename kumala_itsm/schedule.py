"""When the scheduler rings. Every entry is a sweep: "find what is due", safe to run twice or late."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver": {"task": "events.deliver", "schedule": 5.0, "options": {"queue": "deliver", "expires": 5}},
    "mail": {
        "task": "notifications.send_mail",
        "schedule": 5.0,
        "options": {"queue": "deliver", "expires": 5},
    },
    "gather": {
        "task": "notifications.gather",
        "schedule": 30.0,
        "options": {"queue": "sweeps", "expires": 30},
    },
    "mailbox": {"task": "mailbox.poll", "schedule": 15.0, "options": {"queue": "mail", "expires": 15}},
    "monday": {"task": "monday.work", "schedule": 10.0, "options": {"queue": "mail", "expires": 15}},
    "monday_sweep": {"task": "monday.sweep", "schedule": 60.0, "options": {"queue": "mail", "expires": 60}},
    "reports": {"task": "agents.settle", "schedule": 5.0, "options": {"queue": "mail", "expires": 5}},
    "machines": {
        "task": "agents.look_after",
        "schedule": 3600.0,
        "options": {"queue": "sweeps", "expires": 3600},
    },
    "clocks": {"task": "clocks.sweep", "schedule": 5.0, "options": {"queue": "sweeps", "expires": 5}},
    "recount": {"task": "clocks.recount", "schedule": 5.0, "options": {"queue": "sweeps", "expires": 5}},
    "documents": {
        "task": "approvals.render_documents",
        "schedule": 10.0,
        "options": {"queue": "pdf", "expires": 10},
    },
    "stamps": {
        "task": "approvals.stamp_documents",
        "schedule": 60.0,
        "options": {"queue": "pdf", "expires": 60},
    },
    "deciders": {
        "task": "approvals.look_after",
        "schedule": 60.0,
        "options": {"queue": "sweeps", "expires": 60},
    },
    "board_letter": {
        "task": "approvals.gather",
        "schedule": 300.0,
        "options": {"queue": "sweeps", "expires": 300},
    },
    "heartbeat": {"task": "events.heartbeat", "schedule": 5.0, "options": {"queue": "sweeps", "expires": 15}},
    "developments": {
        "task": "devflow.look_after",
        "schedule": 300.0,
        "options": {"queue": "sweeps", "expires": 300},
    },
    "inventory": {
        "task": "inventory.look_after",
        "schedule": 300.0,
        "options": {"queue": "sweeps", "expires": 300},
    },
    "imports": {"task": "inventory.bring_in", "schedule": 5.0, "options": {"queue": "sweeps", "expires": 5}},
    "presences": {
        "task": "tickets.tidy",
        "schedule": 60.0,
        "options": {"queue": "sweeps", "expires": 60},
    },
    "anchor": {
        "task": "portal.anchor_ledger",
        "schedule": 60.0,
        "options": {"queue": "sweeps", "expires": 60},
    },
    "seal": {
        "task": "portal.seal_ledger",
        "schedule": 300.0,
        "options": {"queue": "sweeps", "expires": 300},
    },
    "versions": {
        "task": "devflow.look_at_versions",
        "schedule": 60.0,
        "options": {"queue": "mail", "expires": 60},
    },
    "backups": {
        "task": "backups.look_after",
        "schedule": 15.0,
        "options": {"queue": "sweeps", "expires": 15},
    },
    "tidy": {"task": "core.tidy", "schedule": 3600.0, "options": {"queue": "sweeps", "expires": 3600}},
}
