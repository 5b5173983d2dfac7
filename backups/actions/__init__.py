"""Everything that changes backups: one file per occasion, one name for all of them."""

from backups.actions.alerting import open_ticket
from backups.actions.keeping import add_policy, end_policy, issue_ping, keep_repository, keep_target
from backups.actions.performing import claim, end_badly, end_well, perform
from backups.actions.pinging import ping
from backups.actions.queueing import (
    alarm,
    ask_check,
    ask_run,
    bury,
    give_up_late,
    look_after,
    queue_checks,
    queue_drills,
    queue_due,
    send_for,
)
from backups.actions.reporting import acknowledge_report, make_report, report_when_due
from backups.actions.restoring import agree_restore, ask_restore, note_download, plan, refuse_restore

__all__ = [
    "acknowledge_report", "add_policy", "agree_restore", "alarm", "ask_check", "ask_restore", "ask_run", "bury",
    "claim", "end_badly", "end_policy", "end_well", "give_up_late", "issue_ping", "keep_repository", "keep_target",
    "look_after", "make_report", "note_download", "open_ticket", "perform", "ping", "plan", "queue_checks",
    "queue_drills", "queue_due", "refuse_restore", "report_when_due", "send_for",
]  # fmt: skip
