"""How an app above opens the work behind an accepted ticket and ends it with a cancelled one, in one transaction; and
what it knows that somebody should read before they plan.
"""

from core.answerers import Answerers

# @on_accepted("development") def open_work(*, ticket, by): ... is called inside `actions.accept`.
on_accepted = Answerers("tickets.on_accepted")
# @on_cancelled("development") def end_work(*, ticket, by): ... is called inside `actions.cancel`.
on_cancelled = Answerers("tickets.on_cancelled")
# @known_plans("development") def answer(*, ticket, user): sentences about other plans that may stand in the way.
known_plans = Answerers("tickets.known_plans")
