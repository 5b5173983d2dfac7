"""Forms over the API: writing, submitting, deciding. The actions are those of the pages."""

import json
from typing import Any

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Role
from approvals import actions, shapes
from approvals.enums import ApprovalState, Kind, Outcome
from approvals.models import Approval, CaseFile, FormFile, Policy, ScenarioSet
from core.api import once
from core.endpoints import AsIs, Endpoints, download
from core.errors import NotPossible, PermissionDenied
from core.http import address_of
from core.transitions import why_not
from events.subjects import Subject


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

    def _written_by_me(self, kind: Kind) -> Approval:
        """The form, if the caller may write it now; asked before a file is read."""
        row = self._of_kind(kind)
        if refusal := why_not(row, "save_draft", self.me):
            raise refusal
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
        approval, given = self._of_kind(Kind.UAT), self.given(shapes.ResultsGiven)
        pairs = [(r["result"], r["note"]) for r in given["results"]]
        actions.record_results(
            approval=approval, results=pairs, by=self.me, conclusion=given.get("conclusion"),
            notes=given.get("notes"),
        )  # fmt: skip
        return self._now()

    @extend_schema(summary="Add a file", request=shapes.FileGiven)
    @action(detail=True, methods=["post"])
    @once
    def attach(self, request: Request, pk: str) -> Response:
        """A file of a BRM while it is a draft; its hash becomes part of what is decided on."""
        approval = self._written_by_me(Kind.BRM)
        file = self.given(shapes.FileGiven)["file"]
        actions.attach(approval=approval, name=file.name, file=file, by=self.me)
        return self._now()

    @extend_schema(summary="Add a screenshot", request=shapes.EvidenceGiven)
    @action(detail=True, methods=["post"])
    @once
    def evidence(self, request: Request, pk: str) -> Response:
        """What the tester saw, beside a scenario (SOP-A6). A picture."""
        approval, given = self._written_by_me(Kind.UAT), self.given(shapes.EvidenceGiven)
        actions.attach_evidence(
            approval=approval, number=given["scenario"], name=given["file"].name,
            file=given["file"], by=self.me,
        )  # fmt: skip
        return self._now()

    @extend_schema(
        summary="Download a file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, filters=False,
        parameters=[OpenApiParameter("file", int, OpenApiParameter.PATH, description="The number of the file.")],
    )  # fmt: skip
    @action(
        detail=True, methods=["get"], url_path=r"files/(?P<file>\d+)", url_name="file", renderer_classes=[AsIs],
        pagination_class=None,
    )  # fmt: skip
    def file(self, request: Request, pk: str, file: str) -> FileResponse:
        """The content of one file of the form."""
        row = get_object_or_404(FormFile.objects.visible_to(self.me), pk=file, approval=self.get_object())
        return download(row.sha256, name=row.name, content_type=row.content_type)

    @extend_schema(
        summary="Take a file away", request=None,
        parameters=[OpenApiParameter("file", int, OpenApiParameter.PATH, description="The number of the file.")],
    )  # fmt: skip
    @action(detail=True, methods=["post"], url_path=r"files/(?P<file>\d+)/remove", url_name="detach")
    @once
    def detach(self, request: Request, pk: str, file: str) -> Response:
        """From a draft."""
        row = get_object_or_404(FormFile.objects.visible_to(self.me), pk=file, approval=self.get_object())
        actions.detach(file=row, by=self.me)
        return self._now()

    @extend_schema(summary="Take a scenario away", request=shapes.WhichScenarioGiven)
    @action(detail=True, methods=["post"], url_path="remove-scenario")
    @once
    def remove_scenario(self, request: Request, pk: str) -> Response:
        """One that nobody has run, before the UAT is submitted."""
        approval, given = self._of_kind(Kind.UAT), self.given(shapes.WhichScenarioGiven)
        actions.remove_scenario(approval=approval, by=self.me, **given)
        return self._now()

    @extend_schema(summary="Name a tester", request=shapes.TesterGiven)
    @action(detail=True, methods=["post"])
    @once
    def tester(self, request: Request, pk: str) -> Response:
        """Somebody else tests and signs in the requester's place; never whoever built it (SOP-A6)."""
        approval, given = self._of_kind(Kind.UAT), self.given(shapes.TesterGiven)
        actions.name_tester(approval=approval, tester=given["tester"], by=self.me)
        return self._now()

    @extend_schema(summary="Keep the scenarios", request=shapes.ScenarioSetNameGiven)
    @action(detail=True, methods=["post"], url_path="keep-scenarios")
    @once
    def keep_scenarios(self, request: Request, pk: str) -> Response:
        """Under a name, for the next test of the same system."""
        approval, given = self._of_kind(Kind.UAT), self.given(shapes.ScenarioSetNameGiven)
        actions.keep_scenarios(approval=approval, name=given["name"], by=self.me)
        return self._now()

    @extend_schema(summary="Add kept scenarios", request=shapes.ScenarioSetGiven)
    @action(detail=True, methods=["post"], url_path="take-scenarios")
    @once
    def take_scenarios(self, request: Request, pk: str) -> Response:
        """Those that are not in the test yet."""
        approval, given = self._of_kind(Kind.UAT), self.given(shapes.ScenarioSetGiven)
        actions.take_scenarios(approval=approval, scenarios=given["scenarios"], by=self.me)
        return self._now()

    @extend_schema(
        summary="Scenarios kept for this system", responses=shapes.ScenarioSetShape(many=True), filters=False,
        operation_id="approvals_scenario_sets_list",
    )  # fmt: skip
    @action(detail=True, methods=["get"], url_path="scenario-sets")
    def scenario_sets(self, request: Request, pk: str) -> Response:
        """For IT, which prepares tests."""
        system = str(self.get_object().content.get("system", ""))
        rows = ScenarioSet.objects.visible_to(self.me).of_system(system).select_related("saved_by")
        return self.listed(rows, shapes.ScenarioSetShape)

    @extend_schema(summary="Ask one's passkey", request=None, responses=shapes.ChallengeShape)
    @action(detail=True, methods=["post"])
    def challenge(self, request: Request, pk: str) -> Response:
        """What the caller's passkey signs to decide on this form as it stands: good once, for five minutes."""
        return Response(actions.challenge(approval=self.get_object(), by=self.me))

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
        Wrong proofs are counted, five in five minutes, and stand in the history.
        """
        given, approval = self.given(shapes.DecisionGiven), self.get_object()
        answer = given["credential"]
        actions.prove_and_decide(
            approval=approval, outcome=Outcome(given["outcome"]), by=self.me,
            given=actions.Given(given["secret"], json.dumps(answer) if answer else ""),
            shown_hash=given["shown_hash"], consent_version=given["consent_version"], reason=given["reason"],
            ink=_ink(request, given),
        )  # fmt: skip
        return self._now()

    @extend_schema(summary="Ask before deciding", request=shapes.QuestionGiven)
    @action(detail=True, methods=["post"])
    @once
    def ask(self, request: Request, pk: str) -> Response:
        """A question to the requester and the IT Manager, by whoever is asked to decide now."""
        actions.ask(approval=self.get_object(), by=self.me, **self.given(shapes.QuestionGiven))
        return self._now()

    @extend_schema(summary="Answer a question", request=shapes.QuestionAnswerGiven)
    @action(detail=True, methods=["post"])
    @once
    def answer(self, request: Request, pk: str) -> Response:
        """By whoever writes the form."""
        actions.answer(approval=self.get_object(), by=self.me, **self.given(shapes.QuestionAnswerGiven))
        return self._now()

    @extend_schema(summary="Say that an approval no longer counts", request=shapes.ReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def supersede(self, request: Request, pk: str) -> Response:
        """Estimate, cost or scope have grown beyond it; a new form is opened (SOP-A5)."""
        actions.supersede(approval=self.get_object(), by=self.me, **self.given(shapes.ReasonGiven))
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

    @extend_schema(
        summary="The certificate of decision",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
        filters=False,
    )
    @action(detail=True, methods=["get"], renderer_classes=[AsIs], pagination_class=None)
    def certificate(self, request: Request, pk: str) -> FileResponse:
        """How a form was decided, step by step, sealed. Refused (409) until it is made."""
        approval = self.get_object()
        row = getattr(approval, "document", None)
        if row is None or not row.audit_sha256:
            raise NotPossible(_("The certificate is made when the form is decided. Look again in a moment."))
        name = _("%(number)s-certificate.pdf") % {"number": approval.number}
        return download(row.audit_sha256, name=name, content_type="application/pdf")


def _ink(request: Request, given: dict[str, Any]) -> actions.Ink:
    return actions.Ink(
        typed_name=given["typed_name"], drawing=given["drawing"], address=address_of(request),
        browser=request.headers.get("User-Agent", ""),
    )  # fmt: skip


@extend_schema_view(
    list=extend_schema(summary="Approval policies, newest first"),
    retrieve=extend_schema(summary="One version of an approval policy"),
)
class ApprovalPolicies(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Policy]):
    """Who decides on forms, with history."""

    queryset = Policy.objects.none()
    serializer_class = shapes.ApprovalPolicyShape

    def get_queryset(self) -> Any:
        """All: everybody may know who decides."""
        return Policy.objects.visible_to(self.request.user).with_list_columns()

    def get_serializer_context(self) -> dict[str, Any]:
        """With those in force, asked once for the whole list."""
        return {
            **super().get_serializer_context(),
            "in_force": Policy.objects.visible_to(self.request.user).in_force_ids(),
        }

    @extend_schema(
        summary="Publish who decides",
        request=shapes.ApprovalPolicyGiven,
        responses={201: shapes.ApprovalPolicyShape},
    )
    @once
    def create(self, request: Request) -> Response:
        """By an administrator, for forms that are opened from then on; those that are open keep theirs (SOP-A5)."""
        given = self.given(shapes.ApprovalPolicyGiven)
        figures = {name: given[name] for name in ("threshold_hours", "man_day_hours") if name in given}
        made = actions.publish(
            kind=Kind(given["kind"]),
            rules=given["rules"],
            note=given["note"],
            by=self.me,
            timing=given,
            **figures,
        )
        return self.shown(self.get_queryset().get(pk=made.pk), shapes.ApprovalPolicyShape, status=201)

    @extend_schema(summary="Try rules on a request", request=shapes.TryGiven, responses=shapes.ForeseenShape)
    @action(detail=False, methods=["post"])
    @once
    def preview(self, request: Request) -> Response:
        """Whom a request of this size would ask today. Nothing is written; for administrators and IT Managers."""
        if not self.me.holds_anywhere(Role.ADMINISTRATOR, Role.IT_MANAGER):
            raise PermissionDenied
        given = self.given(shapes.TryGiven)
        rules = actions.clean(kind=Kind(given.pop("kind")), rules=given.pop("rules"))
        number, steps = actions.foresee(rules=rules, requester=None, **given)
        return Response(shapes.ForeseenShape({"rule": number, "steps": steps}).data)


@extend_schema_view(
    list=extend_schema(summary="Case files that one has asked for, newest first"),
    retrieve=extend_schema(summary="One case file, and whether it is made"),
)
class CaseFiles(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[CaseFile]):
    """Everything about a case in one sealed PDF."""

    queryset = CaseFile.objects.none()
    serializer_class = shapes.CaseFileShape

    def get_queryset(self) -> Any:
        """One's own."""
        return CaseFile.objects.visible_to(self.request.user)

    @extend_schema(
        summary="Ask for a case file", request=shapes.CaseGiven, responses={201: shapes.CaseFileShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """Made by a worker in a few seconds. For those who may read everything about the case; others get 403."""
        given = self.given(shapes.CaseGiven)
        case = Subject(given["case_type"], given["case_id"])
        return self.shown(actions.ask_case_file(case=case, by=self.me), status=201)

    @extend_schema(
        summary="The PDF", responses={(200, "application/pdf"): OpenApiTypes.BINARY}, filters=False
    )
    @action(detail=True, methods=["get"], renderer_classes=[AsIs], pagination_class=None)
    def document(self, request: Request, pk: str) -> FileResponse:
        """The sealed PDF with the signed originals inside. Refused (409) until it is made."""
        row = self.get_object()
        if not row.is_ready:
            raise NotPossible(_("The case file is being made. This takes a few seconds."))
        return download(row.sha256, name=f"case-{row.case_id}.pdf", content_type="application/pdf")
