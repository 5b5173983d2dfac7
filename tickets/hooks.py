"""How an app above opens the work behind an accepted ticket, in the same transaction."""

from core.answerers import Answerers

# @on_accepted("development") def open_work(*, ticket, by): ... is called inside `actions.accept`.
on_accepted = Answerers("tickets.on_accepted")
