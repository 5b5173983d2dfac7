"""How the API writes people and branches; the apps above use the same words."""

from typing import Any

from rest_framework import serializers

from accounts.models import Branch, Team, User


class BranchShape(serializers.ModelSerializer[Branch]):
    """A branch."""

    class Meta:
        model = Branch
        fields = ["id", "code", "name", "city", "time_zone"]


class PersonShape(serializers.ModelSerializer[User]):
    """A person as colleagues see them."""

    class Meta:
        model = User
        fields = ["id", "name", "email", "job_title"]


class TeamShape(serializers.ModelSerializer[Team]):
    """A team of experts."""

    class Meta:
        model = Team
        fields = ["id", "name", "purpose"]


class RoleShape(serializers.Serializer[Any]):
    """A role one may use today."""

    role = serializers.CharField()
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    in_place_of = PersonShape(allow_null=True)


class MeShape(serializers.ModelSerializer[User]):
    """The caller."""

    branch = BranchShape(allow_null=True)
    roles = RoleShape(source="authorities", many=True)

    class Meta:
        model = User
        fields = ["id", "name", "email", "language", "branch", "roles"]
