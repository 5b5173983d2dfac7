"""How the apps above say what their news are about and how they read as letters; filled by their `letters` rooms.

Asked by the first word of the event's type: `ticket` for `ticket.accepted`.
"""

from core.answerers import Answerers

# @kind_of("ticket") def kind(*, event, person, subscriber) -> Kind: what the event is about for this very person.
kind_of = Answerers("notifications.kind_of")
# @letter_of("ticket") def letter(*, note, kind) -> Letter: template and context of the letter; None for the plain one.
letter_of = Answerers("notifications.letter_of")
