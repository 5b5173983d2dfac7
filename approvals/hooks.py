"""How a subject answers a decision about it, in the same transaction."""

from core.answerers import Answerers

# @on_decision("brm") def answer(*, approval, by): ... is called inside `actions.decide` when the form is decided.
on_decision = Answerers("approvals.on_decision")
# @why_not_approve("uat") def answer(*, approval): the Refusal of the subject, or None; asked before anybody signs.
why_not_approve = Answerers("approvals.why_not_approve")

# @may_gather("tickets.ticket") def answer(*, case_id, person): whether this person may have the whole case as a file.
may_gather = Answerers("approvals.may_gather")
# @contents_of("tickets.ticket") def answer(*, case_id, person): the `casefiles.Contents` of the case.
contents_of = Answerers("approvals.contents_of")
