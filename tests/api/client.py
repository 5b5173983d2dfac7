"""A program that speaks for somebody: a token, JSON in, JSON out."""

from typing import Any

from rest_framework.test import APIClient

from accounts import actions
from accounts.enums import Scope
from accounts.models import User


class Program:
    """`Program(cast.agent).post("tickets/1/start/")` gives status and answer; the person's language is English."""

    def __init__(self, person: User, scope: Scope = Scope.WRITE) -> None:
        actions.set_preferences(user=person, language="en")
        _token, secret = actions.issue_token(user=person, name="test", by=person, scope=scope)
        self.person = person
        self._client = APIClient(headers={"Authorization": f"Token {secret}"})
        self.status = 0
        self.kind = ""

    def get(self, path: str, **facts: Any) -> Any:
        """Read."""
        return self._answer(self._client.get(f"/api/v1/{path}", facts))

    def post(self, path: str, key: str = "", files: bool = False, **body: Any) -> Any:
        """Act; `key` is the Idempotency-Key, `files` sends a form instead of JSON."""
        headers = {"Idempotency-Key": key} if key else {}
        sent = self._client.post(
            f"/api/v1/{path}", body, format="multipart" if files else "json", headers=headers
        )
        return self._answer(sent)

    def post_raw(self, path: str, body: bytes) -> Any:
        """Act with a body that may be no JSON at all."""
        return self._answer(self._client.post(f"/api/v1/{path}", body, content_type="application/json"))

    def patch(self, path: str, **body: Any) -> Any:
        """Change."""
        return self._answer(self._client.patch(f"/api/v1/{path}", body, format="json"))

    def rows(self, path: str, **facts: Any) -> list[Any]:
        """The first page of a list."""
        return list(self.get(path, **facts)["results"])

    def refused(self, status: int, rule: str = "") -> None:
        """The last answer was a problem of this status and clause."""
        assert (self.status, self.kind) == (status, "application/problem+json"), self.said
        assert self.said.get("rule", "") == rule, self.said

    def _answer(self, response: Any) -> Any:
        self.status, self.kind = response.status_code, response.headers.get("Content-Type", "")
        self.said = response.json() if "json" in self.kind else response
        return self.said


def verbs(answer: Any) -> dict[str, Any]:
    """What the caller can do: the clause or the reason where they cannot, True where they can."""
    return {v["verb"]: v["allowed"] or v["rule"] or v["reason"] for v in answer["verbs"]}
