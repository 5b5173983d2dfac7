"""Roles and personal choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


class Role(models.TextChoices):
    """What a person may be in the SOP, for the whole group or for one branch."""

    REQUESTER = "requester", _("Requester")
    BRANCH_HEAD = "branch_head", _("Branch head")
    AGENT = "agent", _("IT staff")
    IT_MANAGER = "it_manager", _("IT Manager")
    DB_MANAGER = "db_manager", _("Database Manager")
    DIRECTOR = "director", _("Director")
    BOD = "bod", _("Board")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


IT_STAFF = (Role.AGENT, Role.IT_MANAGER, Role.DB_MANAGER)
DECIDERS = (Role.DIRECTOR, Role.BOD)
# Roles that a dated substitute takes over. Reading as auditor and administering the product are personal.
SUBSTITUTABLE = (Role.BRANCH_HEAD, *IT_STAFF, *DECIDERS)


class Theme(models.TextChoices):
    """How the screens look."""

    AUTO = "auto", _("Like the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class TimeZone(models.TextChoices):
    """The three time zones of Indonesia, by their IANA names: abbreviations have changed their meaning before."""

    WIB = "Asia/Jakarta", "WIB"
    WITA = "Asia/Makassar", "WITA"
    WIT = "Asia/Jayapura", "WIT"


class Scope(models.TextChoices):
    """What a token may do on the API."""

    READ = "read", _("Read")
    WRITE = "write", _("Read and act")
    DEPLOY = "deploy", _("Report builds and deployments, nothing else")


class Factor(models.TextChoices):
    """By what a person proved who they are."""

    PASSWORD = "password", _("password")
    TOTP = "totp", _("authenticator app")
    PASSKEY = "passkey", _("passkey")


class Unproven(models.TextChoices):
    """Why somebody could not prove who they are."""

    WRONG = "wrong", _("the proof was wrong")
    USED = "used", _("the proof was used before")
    EXPIRED = "expired", _("the proof was older than five minutes")
    OTHER = "other", _("the proof was for something else")
    TOO_MANY = "too_many", _("too many tries")
    NO_FACTOR = "no_factor", _("no second factor is set up")


@event_types
class AccountEvent(models.TextChoices):
    """What happens to accounts."""

    ROLE_GRANTED = "account.role_granted", _("gave the role %(role)s")
    ROLE_REVOKED = "account.role_revoked", _("took back the role %(role)s")
    SUBSTITUTE_NAMED = (
        "account.substitute_named",
        _("named %(substitute)s as substitute from %(first)s to %(last)s"),
    )
    TOKEN_ISSUED = "account.token_issued", _("issued the API token “%(name)s”")
    TOKEN_REVOKED = "account.token_revoked", _("revoked the API token “%(name)s”")
    CONFIRMATION_REFUSED = (
        "account.confirmation_refused",
        _("could not prove who they are for %(over)s: %(refusal)s"),
    )


words(role=Role, refusal=Unproven)
