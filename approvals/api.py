"""Forms over the API: writing, submitting, deciding. The actions are those of the pages."""

from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import confirm
from approvals import actions, shapes
from approvals.enums import ApprovalState, Kind, Outcome
from approvals.models import Approval
from core.api import once
from core.endpoints import AsIs, Endpoints, download
from core.errors import NotPossible
from core.http import address_of


class ApprovalFilter(filters.FilterSet):
    """Which forms a list shows."""

    waiting = filters.ChoiceFilter(
        choices=[("me", "me")], method="waiting_for_me", label="`me`: what waits for the caller's decision."
    )
    kind = filters.ChoiceFilter(choices=Kind.choices)
    state = filters.MultipleChoiceFilter(choices=ApprovalState.choices)
    ticket = filters.NumberFilter(field_name="case_id")

    def waiting_for_me(self, rows: Any, name: str, value: str) -> Any:
        """What the caller can decide now."""
        return rows.waiting_for(self.request.user)


@extend_schema_view(
    list=extend_schema(summary="Forms that one may see, newest first"),
    retrieve=extend_schema(
        summary="One form: content, steps, decisions, verbs", responses=shapes.ApprovalDetailShape
    ),
)
class Approvals(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Approval]):
    """BRM and UAT forms."""

    queryset = Approval.objects.none()
    serializer_class = shapes.ApprovalShape
    filterset_class = ApprovalFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Approval.objects.visible_to(self.request.user).with_list_columns().select_related("document")

    def get_serializer_class(self) -> Any:
        """Lists are short; one form is told in full."""
        return shapes.ApprovalShape if self.action == "list" else shapes.ApprovalDetailShape

    def _now(self) -> Response:
        """The form as it stands after the act."""
        return self.shown(self.get_object(), shapes.ApprovalDetailShape)

    def _of_kind(self, kind: Kind) -> Approval:
        """The form, if the verb belongs to its kind."""
        row: Approval = self.get_object()
        if row.kind != kind:
            raise NotPossible(_("This form has no such part."))
        return row

    @extend_schema(summary="Write the BRM", request=shapes.DraftGiven)
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """Keep answers while it is a draft. Refused (409) when somebody else wrote since `version` was read."""
        given = self.given(shapes.DraftGiven)
        actions.save_draft(approval=self._of_kind(Kind.BRM), by=self.me, **given)
        return self._now()

    @extend_schema(summary="Add test scenarios", request=shapes.ScenariosGiven)
    @action(detail=True, methods=["post"])
    @once
    def scenarios(self, request: Request, pk: str) -> Response:
        """More things to test, before the UAT is submitted."""
        given = self.given(shapes.ScenariosGiven)["scenarios"]
        actions.add_scenarios(approval=self._of_kind(Kind.UAT), scenarios=given, by=self.me)
        return self._now()

    @extend_schema(summary="Write down test results", request=shapes.ResultsGiven)
    @action(detail=True, methods=["post"])
    @once
    def results(self, request: Request, pk: str) -> Response:
        """The tester's result and note beside each scenario, in their order (SOP-A6)."""
        pairs = [(r["result"], r["note"]) for r in self.given(shapes.ResultsGiven)["results"]]
        actions.record_results(approval=self._of_kind(Kind.UAT), results=pairs, by=self.me)
        return self._now()

    @extend_schema(summary="Submit", request=None)
    @action(detail=True, methods=["post"])
    @once
    def submit(self, request: Request, pk: str) -> Response:
        """Freeze the form and ask those who must decide, one after the other."""
        actions.submit(approval=self.get_object(), by=self.me)
        return self._now()

    @extend_schema(summary="Approve or refuse", request=shapes.DecisionGiven)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Sign, or refuse with a reason, as the person or role that is asked now (SOP-A5, SOP-A6).

        Nobody decides twice, so this needs no Idempotency-Key: a repetition is refused (409) and changes nothing.
        Wrong passwords are counted, five in five minutes.
        """
        given, approval = self.given(shapes.DecisionGiven), self.get_object()
        if refusal := actions.why_not_decide(approval=approval, by=self.me):
            raise refusal
        # Outside any transaction: a failed try is counted also when the answer is a refusal.
        proof = confirm(by=self.me, secret=given["secret"])
        actions.decide(
            approval=approval, outcome=Outcome(given["outcome"]), by=self.me, proof=proof,
            shown_hash=given["shown_hash"], reason=given["reason"], ink=_ink(request, given),
        )  # fmt: skip
        return self._now()

    @extend_schema(summary="Withdraw", request=None)
    @action(detail=True, methods=["post"])
    @once
    def withdraw(self, request: Request, pk: str) -> Response:
        """Nobody is asked to decide on it any more."""
        actions.withdraw(approval=self.get_object(), by=self.me)
        return self._now()

    @extend_schema(
        summary="The PDF", responses={(200, "application/pdf"): OpenApiTypes.BINARY}, filters=False
    )
    @action(detail=True, methods=["get"], renderer_classes=[AsIs], pagination_class=None)
    def document(self, request: Request, pk: str) -> FileResponse:
        """The document of a decided form, with its signatures. Refused (409) until it is made."""
        approval = self.get_object()
        row = getattr(approval, "document", None)
        if row is None or not row.is_ready:
            raise NotPossible(_("The document is being made. Look again in a moment."))
        return download(row.sha256, name=f"{approval.number}.pdf", content_type="application/pdf")


def _ink(request: Request, given: dict[str, Any]) -> actions.Ink:
    return actions.Ink(
        typed_name=given["typed_name"], drawing=given["drawing"], address=address_of(request),
        browser=request.headers.get("User-Agent", ""),
    )  # fmt: skip
