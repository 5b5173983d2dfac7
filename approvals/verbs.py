"""What a person can do with a form besides writing and deciding it."""

from django.utils.translation import gettext_lazy as _

from approvals import actions, forms
from events.verbs import Verb

ADD_SCENARIO = Verb(
    name="scenario", move="save_draft", label=_("One more scenario"), submit=_("Add it"), icon="plus",
    form=forms.Scenario,
    act=lambda thing, form, by: actions.add_scenarios(approval=thing, scenarios=[form.cleaned_data], by=by),
)  # fmt: skip
WITHDRAW = Verb(
    name="withdraw", move="withdraw", label=_("Withdraw the form"), submit=_("Withdraw the form"), icon="x",
    form=forms.Sure, style="danger", why=_("Nobody is asked to decide on it any more."),
    act=lambda thing, _form, by: actions.withdraw(approval=thing, by=by),
)  # fmt: skip
