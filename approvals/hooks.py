"""How a subject answers a decision about it, in the same transaction."""

from core.answerers import Answerers

# @on_decision("brm") def answer(*, approval, by): ... is called inside `actions.decide` when the form is decided.
on_decision = Answerers("approvals.on_decision")
