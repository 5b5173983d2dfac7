"""What a person can do with a form besides writing and deciding it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from approvals import actions, forms
from approvals.models import Question
from events.verbs import Verb

ADD_SCENARIO = Verb(
    name="scenario", move="save_draft", label=_("One more scenario"), submit=_("Add it"), icon="plus",
    form=forms.Scenario,
    act=lambda thing, form, by: actions.add_scenarios(approval=thing, scenarios=[form.cleaned_data], by=by),
)  # fmt: skip
TESTER = Verb(
    name="tester", move="name_tester", label=_("Somebody else tests"), submit=_("Let them test"), icon="user-share",
    form=forms.Tester, style="plain", why=_("They run the scenarios and sign the test in your place."),
    fill=lambda thing, _user: {"approval": thing},
    act=lambda thing, form, by: actions.name_tester(approval=thing, tester=form.cleaned_data["tester"], by=by),
)  # fmt: skip
KEEP_SCENARIOS = Verb(
    name="keep-scenarios", move="prepare", label=_("Keep these scenarios for next time"), submit=_("Keep them"),
    icon="bookmark", form=forms.KeepScenarios, style="plain", more=True,
    act=lambda thing, form, by: actions.keep_scenarios(approval=thing, name=form.cleaned_data["name"], by=by),
    done=_("The scenarios are kept for the next test of this system."),
)  # fmt: skip
TAKE_SCENARIOS = Verb(
    name="take-scenarios", move="prepare", label=_("Add kept scenarios"), submit=_("Add them"), icon="copy-plus",
    form=forms.TakeScenarios, style="plain", fill=lambda thing, user: {"approval": thing, "user": user},
    act=lambda thing, form, by: actions.take_scenarios(
        approval=thing, scenarios=form.cleaned_data["scenarios"], by=by
    ),
)  # fmt: skip
OF_UAT = {verb.name: verb for verb in (ADD_SCENARIO, TAKE_SCENARIOS, TESTER, KEEP_SCENARIOS)}
WITHDRAW = Verb(
    name="withdraw", move="withdraw", label=_("Withdraw the form"), submit=_("Withdraw the form"), icon="x",
    form=forms.Sure, style="danger", why=_("Nobody is asked to decide on it any more."),
    act=lambda thing, _form, by: actions.withdraw(approval=thing, by=by),
)  # fmt: skip


def _open_question(approval: Any, _user: Any) -> dict[str, str]:
    asked = Question.objects.of(approval).filter(edition=approval.edition).open().first()
    return {"question": asked.text if asked else ""}


ASK = Verb(
    name="ask", move="ask", label=_("Ask a question"), submit=_("Ask"), icon="help", form=forms.Asking, style="plain",
    why=_("The requester and the IT Manager read it. The form goes on waiting for you."),
    act=lambda thing, form, by: actions.ask(approval=thing, text=form.cleaned_data["text"], by=by),
    done=_("Your question is on its way."),
)  # fmt: skip
ANSWER = Verb(
    name="answer", move="answer", label=_("Answer the question"), submit=_("Answer"), icon="message-reply",
    form=forms.Answering, fill=_open_question,
    act=lambda thing, form, by: actions.answer(approval=thing, text=form.cleaned_data["text"], by=by),
    done=_("Your answer is on its way."),
)  # fmt: skip
SUPERSEDE = Verb(
    name="supersede", move="supersede", label=_("Cost or scope have changed"), submit=_("It no longer counts"),
    icon="file-x", form=forms.Superseding, style="plain",
    why=_("What was approved no longer counts, the work is held, and a new form is opened."),
    act=lambda thing, form, by: actions.supersede(approval=thing, reason=form.cleaned_data["reason"], by=by),
)  # fmt: skip
OF_ASKING = {verb.name: verb for verb in (ASK, ANSWER, SUPERSEDE)}
