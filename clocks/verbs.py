"""What a person can do with a clock."""

from django.utils.translation import gettext_lazy as _

from clocks import actions, forms
from events.verbs import Verb

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            name="pause", move="pause", label=_("Pause the clock"), submit=_("Let it stand still"),
            icon="player-pause", style="plain", form=forms.Pausing, done=_("The clock stands still."),
            why=_("The time from now until it runs again does not count. Who paused it and why stays on record."),
            act=lambda thing, form, by: actions.pause(clock=thing, by=by, **form.cleaned_data),
        ),
        Verb(
            name="resume", move="resume", label=_("Let the clock run again"), submit=_("Let it run again"),
            icon="player-play", form=forms.Resuming, done=_("The clock runs again."),
            why=_("From now on the time counts again; it is due so much later as it stood still."),
            act=lambda thing, _form, by: actions.resume(clock=thing, by=by),
        ),
    )
}  # fmt: skip
