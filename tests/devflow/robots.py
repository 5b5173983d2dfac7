"""Robots of pipelines, as an administrator and the IT Manager set them up."""

from typing import Any

from rest_framework.test import APIClient

from accounts import actions as accounts
from accounts.enums import Scope
from accounts.models import User
from devflow import actions as devflow
from devflow.enums import EnvironmentKind
from tests.api.client import Program
from tests.cast import Cast
from tests.stages import system


def pipeline(cast: Cast, *kinds: str) -> tuple[User, str]:
    """A robot that deploys on these servers of HRIS, and the secret of its token."""
    robot = accounts.robot("ci-hris")
    _token, secret = accounts.issue_token(user=robot, name="ci", scope=Scope.DEPLOY, by=robot)
    for kind in kinds:
        devflow.keep_server(
            system=system(), kind=EnvironmentKind(kind), deployers=[robot], by=cast.it_manager
        )
    return robot, secret


class Pipeline(Program):
    """`Pipeline(cast, "trial").post("deployments/", …)`: the API as the robot sees it."""

    def __init__(self, cast: Cast, *kinds: str) -> None:
        self.robot, secret = pipeline(cast, *kinds)
        accounts.set_preferences(user=self.robot, language="en")
        self._client = APIClient(headers={"Authorization": f"Token {secret}"})
        self.status, self.kind = 0, ""

    def report(self, kind: str, **facts: Any) -> Any:
        """That a build was put on this server."""
        return self.post("deployments/", environment=kind, **facts)
