"""How tickets hang together, as PostgreSQL asks it: for the gates of the apps above."""

# So many requests are looked through from one of them; more hang together only where somebody ties too much. Whoever
# counts hours refuses what reaches further (`devflow.gates`): nothing slips out of the sum, no page waits long.
MOST_TOGETHER = 500


def same_purpose(ticket: str) -> str:
    """SQL that begins a question with `purpose(id)`: the tickets that serve the same purpose as `ticket`, itself too.

    The one place that says what that is: a whole and its parts, what one was made out of, what was joined with it, and
    what somebody linked as the same purpose; and so on from each of them (SOP-A5). `ticket` is an SQL expression.
    The nearest `MOST_TOGETHER` and one more, by which one sees that there are more.
    """
    return f"""WITH RECURSIVE reached(id) AS (
        SELECT {ticket}::bigint
        UNION
        SELECT n.id FROM reached CROSS JOIN LATERAL (
            SELECT unnest(ARRAY[k.parent_id, k.split_from_id, k.merged_into_id]) AS id
              FROM tickets_ticket k WHERE k.id = reached.id
            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.parent_id = reached.id
            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.split_from_id = reached.id
            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.merged_into_id = reached.id
            UNION ALL SELECT k.second_id FROM tickets_tie k WHERE k.first_id = reached.id AND k.kind = 'purpose'
            UNION ALL SELECT k.first_id FROM tickets_tie k WHERE k.second_id = reached.id AND k.kind = 'purpose'
        ) n WHERE n.id IS NOT NULL), purpose(id) AS (SELECT id FROM reached LIMIT {MOST_TOGETHER + 1})"""
