"""Who somebody is, as PostgreSQL asks it: the twin of `User.holds`, for the triggers of the apps above."""

from django.conf import settings

# Substitutes' dates are counted at head office, here and in `accounts.models.office_date`.
_TODAY = f"(now() AT TIME ZONE '{settings.TIME_ZONE}')::date"


def holds_role(*, role: str, person: str, branch: str, barred: str = "ARRAY[]::bigint[]") -> str:
    """SQL that is true when `person` may use `role` for `branch` today, their own or as a dated substitute.

    The arguments are SQL expressions, e.g. `'it_manager'` in quotes, `NEW.decided_by_id`, `t.branch_id`; `barred` is an
    array of people whose role counts for nothing here, also through a substitute.
    """
    return f"""EXISTS (
        SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active
         WHERE g.role = {role} AND g.user_id <> ALL({barred}) AND (g.branch_id IS NULL OR g.branch_id = {branch})
           AND (g.user_id = {person} OR EXISTS (
                SELECT 1 FROM accounts_substitution x WHERE x.absent_id = g.user_id AND x.substitute_id = {person}
                   AND {_TODAY} BETWEEN x.first_date AND x.last_date)))"""


def acts_for(*, role: str, person: str, absent: str, branch: str) -> str:
    """SQL that is true when `person` uses `role` for `branch` today: their own where `absent` is NULL, else that of the
    absent colleague, whose dated substitute they are. Narrower than `holds_role`: whose role it was is part of it.
    """
    holder = f"COALESCE({absent}, {person})"
    return f"""(EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = {person} AND u.is_active AND NOT u.is_robot)
        AND EXISTS (SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active
              AND NOT u.is_robot
             WHERE g.user_id = {holder} AND g.role = {role} AND (g.branch_id IS NULL OR g.branch_id = {branch}))
        AND ({absent} IS NULL OR EXISTS (SELECT 1 FROM accounts_substitution x WHERE x.absent_id = {absent}
              AND x.substitute_id = {person} AND {_TODAY} BETWEEN x.first_date AND x.last_date)))"""


def is_administrator(person: str) -> str:
    """SQL that is true for an administrator who may sign in; nobody stands in for one."""
    return f"""EXISTS (SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active
        WHERE g.user_id = {person} AND g.role = 'administrator' AND g.branch_id IS NULL)"""
