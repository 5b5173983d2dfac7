# ruff: noqa: E501 - a sentence and its SQL read better side by side
"""What is true of the data at every moment, whatever was killed: a sentence, and SQL that finds the rows that break it."""

from typing import Any

_OPENED = "e.subject_type = 'tickets.ticket' AND e.subject_id = t.id AND e.type"
_RESPONSE = "c.promise = 'response' AND c.subject_type = 'tickets.ticket' AND c.subject_id = t.id"

INVARIANTS = {
    # Tickets
    "a ticket has an opening event": f"SELECT t.id FROM tickets_ticket t WHERE NOT EXISTS (SELECT FROM events_event e WHERE {_OPENED} = 'ticket.opened')",
    "a ticket was opened once": "SELECT subject_id FROM events_event WHERE type = 'ticket.opened' AND subject_type = 'tickets.ticket' GROUP BY 1 HAVING count(*) > 1",
    "a ticket has a response clock": f"SELECT t.id FROM tickets_ticket t WHERE NOT EXISTS (SELECT FROM clocks_clock c WHERE {_RESPONSE})",
    "the response clock starts when the person spoke": f"SELECT t.id FROM tickets_ticket t JOIN clocks_clock c ON {_RESPONSE} WHERE c.started_at <> t.created_at",
    "a new ticket was accepted by nobody": "SELECT id FROM tickets_ticket WHERE status = 'new' AND accepted_by_id IS NOT NULL",
    "what is worked on was accepted": "SELECT id FROM tickets_ticket WHERE status IN ('waiting', 'in_progress', 'user_testing', 'done') AND accepted_by_id IS NULL",
    "what is worked on has somebody": "SELECT id FROM tickets_ticket WHERE status IN ('waiting', 'in_progress', 'user_testing', 'done') AND assignee_id IS NULL",
    "what is worked on has a priority": "SELECT id FROM tickets_ticket WHERE status IN ('waiting', 'in_progress', 'user_testing', 'done') AND priority = ''",
    "an accepted ticket has its event": f"SELECT t.id FROM tickets_ticket t WHERE accepted_by_id IS NOT NULL AND NOT EXISTS (SELECT FROM events_event e WHERE {_OPENED} = 'ticket.accepted')",
    "an accepted event has its ticket": "SELECT e.id FROM events_event e JOIN tickets_ticket t ON t.id = e.subject_id WHERE e.type = 'ticket.accepted' AND e.subject_type = 'tickets.ticket' AND t.accepted_at IS NULL",
    "what has ended has an instant": "SELECT id FROM tickets_ticket WHERE status IN ('done', 'rejected', 'cancelled') AND finished_at IS NULL",
    "what is open has none": "SELECT id FROM tickets_ticket WHERE status IN ('new', 'waiting', 'in_progress', 'user_testing') AND finished_at IS NOT NULL",
    "a rejected ticket says why": f"SELECT t.id FROM tickets_ticket t WHERE status = 'rejected' AND NOT EXISTS (SELECT FROM events_event e WHERE {_OPENED} = 'ticket.rejected')",
    "nothing ends before it is asked": "SELECT id FROM tickets_ticket WHERE finished_at < created_at OR answered_at < created_at OR accepted_at < created_at",
    "a merged ticket is withdrawn": "SELECT id FROM tickets_ticket WHERE merged_into_id IS NOT NULL AND status <> 'cancelled'",
    "no ticket is its own relative": "SELECT id FROM tickets_ticket WHERE id IN (parent_id, merged_into_id, split_from_id)",
    "a ticket has its words": "SELECT t.id FROM tickets_ticket t WHERE NOT EXISTS (SELECT FROM tickets_searchtext s WHERE s.ticket_id = t.id)",
    "an answer has its event": "SELECT c.id FROM tickets_comment c WHERE NOT EXISTS (SELECT FROM events_event e WHERE e.subject_type = 'tickets.ticket' AND e.subject_id = c.ticket_id AND (e.facts->>'comment')::bigint = c.id)",
    "an attachment belongs to one thing": "SELECT id FROM tickets_attachment WHERE (ticket_id IS NULL) = (draft_id IS NULL)",
    "a sent draft became its owner's ticket": "SELECT d.id FROM tickets_draft d JOIN tickets_ticket t ON t.id = d.ticket_id WHERE t.requester_id <> d.owner_id",
    # Clocks
    "a running clock was not stopped": "SELECT id FROM clocks_clock WHERE state = 'running' AND stopped_at IS NOT NULL",
    "a stopped clock has its instant": "SELECT id FROM clocks_clock WHERE state <> 'running' AND stopped_at IS NULL",
    "a stopped clock wakes nobody": "SELECT id FROM clocks_clock WHERE state <> 'running' AND next_level_at IS NOT NULL",
    "an answered ticket has no running clock": f"SELECT t.id FROM tickets_ticket t JOIN clocks_clock c ON {_RESPONSE} WHERE t.answered_at IS NOT NULL AND c.state = 'running'",
    "a kept promise was answered": f"SELECT t.id FROM tickets_ticket t JOIN clocks_clock c ON {_RESPONSE} WHERE t.answered_at IS NULL AND c.state IN ('met', 'late')",
    "in time is in time": "SELECT id FROM clocks_clock WHERE state = 'met' AND stopped_at > due_at",
    "never both kept and broken": "SELECT c.id FROM clocks_clock c JOIN events_event e ON (e.facts->>'clock')::bigint = c.id AND e.type = 'clock.breached' WHERE c.state = 'met'",
    "a breach is told once": "SELECT facts->>'clock' FROM events_event WHERE type = 'clock.breached' GROUP BY 1 HAVING count(*) > 1",
    "a warning is told once": "SELECT facts->>'clock', facts->>'level' FROM events_event WHERE type = 'clock.warned' GROUP BY 1, 2 HAVING count(*) > 1",
    "what was told is a level": "SELECT id FROM clocks_clock WHERE level NOT IN (0, 50, 75, 100)",
    "a clock is due after its start": "SELECT id FROM clocks_clock WHERE due_at <= started_at",
    "one promise of a kind for a subject": "SELECT subject_id FROM clocks_clock GROUP BY promise, subject_type, subject_id HAVING count(*) > 1",
    "a clock is paused once at a time": "SELECT clock_id FROM clocks_pause WHERE ended_at IS NULL GROUP BY 1 HAVING count(*) > 1",
    # The ledger
    "a chain has no gap": "SELECT subject_id FROM events_event GROUP BY subject_type, subject_id HAVING max(seq) <> count(*) OR min(seq) <> 1",
    "a chain begins with zeros": "SELECT id FROM events_event WHERE seq = 1 AND previous_hash <> repeat('0', 64)",
    "a link continues the one before": "SELECT b.id FROM events_event a JOIN events_event b USING (subject_type, subject_id) WHERE b.seq = a.seq + 1 AND b.previous_hash <> a.hash",
    "an event is told to each subscriber once": "SELECT event_id FROM events_delivery GROUP BY event_id, subscriber HAVING count(*) > 1",
    "an opening is told to the IT Manager": "SELECT e.id FROM events_event e WHERE e.type = 'ticket.opened' AND e.subject_type = 'tickets.ticket' AND NOT EXISTS (SELECT FROM events_delivery d WHERE d.event_id = e.id AND d.subscriber = 'tickets.tell_manager_of_new_request')",
    # Queues
    "what was delivered has its instant": "SELECT id FROM events_delivery WHERE (state = 'sent') <> (sent_at IS NOT NULL)",
    "what was posted has its instant": "SELECT id FROM notifications_mail WHERE (state = 'sent') <> (sent_at IS NOT NULL)",
    "nothing was tried more often than it may be": "SELECT id FROM events_delivery WHERE attempts > 10",
    "what is given up says why": "SELECT id FROM events_delivery WHERE state = 'dead' AND last_error = ''",
    "nobody is told the same thing twice": "SELECT event_id FROM notifications_notification GROUP BY event_id, person_id, subscriber HAVING count(*) > 1",
    # Forms and stages
    "a waiting form has its deciders": "SELECT a.id FROM approvals_approval a WHERE a.state = 'pending' AND NOT EXISTS (SELECT FROM approvals_step s WHERE s.approval_id = a.id)",
    "an approved form was signed by all": "SELECT s.id FROM approvals_step s JOIN approvals_approval a ON a.id = s.approval_id WHERE a.state = 'approved' AND NOT EXISTS (SELECT FROM approvals_decision d WHERE d.step_id = s.id AND d.outcome = 'approve')",
    "nobody decides on their own": "SELECT d.id FROM approvals_decision d JOIN approvals_approval a ON a.id = d.approval_id WHERE d.decided_by_id = ANY (a.barred)",
    "what was signed is what was submitted": "SELECT d.id FROM approvals_decision d JOIN approvals_approval a ON a.id = d.approval_id WHERE d.content_hash <> a.content_hash",
    "a build belongs to its request's system": "SELECT d.id FROM devflow_deployment d JOIN devflow_build b ON b.id = d.build_id JOIN devflow_developmentrequest r ON r.id = b.request_id JOIN devflow_environment e ON e.id = d.environment_id WHERE e.system_id <> r.system_id",
}


def broken(cursor: Any) -> dict[str, list[str]]:
    """Each sentence that is not true, with up to ten of the rows that say so."""
    found = {}
    for sentence, sql in INVARIANTS.items():
        cursor.execute(f"{sql} LIMIT 10")
        if rows := [str(row[0]) for row in cursor.fetchall()]:
            found[sentence] = rows
    return found
