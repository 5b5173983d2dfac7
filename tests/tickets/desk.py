"""What tests of the service desk share: a team of experts, and short ways to ask and to receive."""

from typing import Any

from accounts.models import Team, TeamMember
from tests.cast import Cast
from tickets import actions as tickets
from tickets.enums import Channel, Kind, Priority
from tickets.models import Ticket


def experts(cast: Cast, *names: str, name: str = "Network") -> Team:
    """A team with these members."""
    team = Team.objects.create(name=name)
    for person in names:
        TeamMember.objects.create(team=team, person=cast[person])
    return team


def asked(
    cast: Cast, title: str = "The printer is out", *, by: str = "requester", kind: Kind = Kind.TROUBLESHOOTING
) -> Ticket:
    """A new request of somebody."""
    return tickets.open_ticket(
        kind=kind,
        title=title,
        description=f"{title}, since this morning.",
        by=cast[by],
        channel=Channel.BROWSER,
    )


def accepted(cast: Cast, ticket: Ticket, **facts: Any) -> Ticket:
    """Received by the IT Manager, for the agent unless said otherwise."""
    given = {"priority": Priority.HIGH, "assignee": cast.agent, "by": cast.it_manager} | facts
    return tickets.accept(ticket=ticket, **given)


def again(ticket: Ticket) -> Ticket:
    """The ticket as it stands."""
    return Ticket.objects.get(pk=ticket.pk)
