"""Kinds, states and words of backups, and everything that can go wrong with one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words

CLAUSE = "SOP-B4.4.2"  # under which most of what is backed up stands


class TargetKind(models.TextChoices):
    """What is backed up."""

    PRODUCT = "product", _("This product: database and attachments")
    POSTGRESQL = "postgresql", _("PostgreSQL database")
    MARIADB = "mariadb", _("MariaDB or MySQL database")
    DIRECTORY = "directory", _("Directory on this server")
    FILES = "files", _("Files of another server, by SSH")
    REPORTED = "reported", _("Backed up by a script of its own, which reports to us")


DATABASES = (TargetKind.POSTGRESQL, TargetKind.MARIADB)


class RepositoryKind(models.TextChoices):
    """Where copies lie."""

    LOCAL = "local", _("Directory")
    SFTP = "sftp", _("Server by SFTP")
    APPEND = "append", _("Server by SSH that only appends (rclone)")
    S3 = "s3", _("Object store (S3)")


class Rhythm(models.TextChoices):
    """How often (SOP-B4.4.2)."""

    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")


class RunKind(models.TextChoices):
    """What a run does."""

    BACKUP = "backup", _("Backup")
    DRILL = "drill", _("Restore drill")
    CHECK = "check", _("Check of the store")
    RESTORE = "restore", _("Restore")


class RunState(models.TextChoices):
    """How a run goes."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


class RestoreState(models.TextChoices):
    """What became of a wish to restore."""

    ASKED = "asked", _("Waits for the second person")
    AGREED = "agreed", _("Agreed")
    DONE = "done", _("Restored")
    FAILED = "failed", _("Failed")
    REFUSED = "refused", _("Refused")


class Part(models.TextChoices):
    """What one snapshot of a set holds."""

    DATABASE = "database", _("Database")
    FILES = "files", _("Files")
    SET = "set", _("List of the set, and roles")


class Apart(models.TextChoices):
    """Whether a copy lies apart from what it is a copy of."""

    APART = "apart", _("on another machine")
    DISK = "disk", _("on another disk of the same machine")
    SAME = "same", _("in the same place")
    UNKNOWN = "unknown", _("not proved")


class Removal(models.TextChoices):
    """Whether whoever holds our keys can remove copies there: tried, not believed."""

    UNTRIED = "untried", _("not tried yet")
    POSSIBLE = "possible", _("possible")
    REFUSED = "refused", _("refused by the store")


class Health(models.TextChoices):
    """What the register says of a target."""

    GOOD = "good", _("Backed up")
    UNPROVED = "unproved", _("Not proved by a drill")
    FAILING = "failing", _("Failing")
    SILENT = "silent", _("Silent")
    NEVER = "never", _("Never backed up")
    CLOCK = "clock", _("The clock went back")
    MISPLACED = "misplaced", _("Not apart from the main server")
    PLANLESS = "planless", _("No policy can run")


class Fault(models.TextChoices):
    """Why a run failed; each is a sentence for the person who must mend it."""

    # The source.
    UNREACHABLE = (
        "unreachable",
        _("The target does not answer. Is it switched on, and are address and port right?"),
    )
    REFUSED = "refused", _("The target refuses the user name or the password.")
    GRANTS = "grants", _("The user may not read everything. Run the statements of the set-up page again.")
    VERSION = (
        "version",
        _("The dump program is older than the server. Install the one of the server's version."),
    )
    DUMP = "dump", _("The dump ended with an error.")
    EMPTY = "empty", _("The dump is empty, although its program reported no error.")
    TRUNCATED = "truncated", _("The dump ends in the middle, although its program reported no error.")
    STALE = "stale", _("The newest row is older than it may be: the source itself has stopped.")
    ENGINE = "engine", _("Some tables can change while they are dumped (not InnoDB). Convert them.")
    MISSING = "missing", _("The directory does not exist or cannot be read.")
    PARTIAL = "partial", _("Some files could not be read.")
    HOST_KEY = "host_key", _("The other server does not show the host key that is on record.")
    # The store.
    GONE = "gone", _("The repository is not there. Nothing was written anywhere else.")
    WRONG_KEY = "wrong_key", _("The password of the repository is wrong.")
    LOCKED = "locked", _("Another program holds the repository. It is tried again.")
    FULL = "full", _("The repository is full.")
    DAMAGED = "damaged", _("The repository is damaged: what it gives back is not what was stored.")
    STORE = "store", _("The repository did not accept the data.")
    SAME_PLACE = "same_place", _("The copy would not lie apart from the main server (SOP-B4.4.2).")
    # Ourselves.
    KILLED = (
        "killed",
        _("The process ended without a word. The repository was unlocked; the next run goes on."),
    )
    WINDOW = "window", _("Its time window passed before it could begin.")
    SECRET = "secret", _("A password cannot be opened: SIGNING_KEY is not the one it was sealed with.")
    BUG = "bug", _("Something on our side failed.")
    REPORTED = "reported", _("The script of the target reported a failure.")
    # The proof.
    NOTHING = "nothing", _("There is no copy that could be restored.")
    RESTORE = "restore", _("The copy could not be restored.")
    SCHEMA = "schema", _("The restored tables are not built like the original ones.")
    ROWS = "rows", _("The restored tables hold other rows than the original ones.")
    CHECKSUM = "checksum", _("The restored content is not what was backed up.")
    ATTACHMENTS = "attachments", _("Attachments that rows point to are missing or changed.")
    LEDGER = "ledger", _("The restored ledger does not verify.")
    INVARIANTS = "invariants", _("The restored data contradict themselves.")
    SIGN_IN = "sign_in", _("Nobody can sign in to the restored product, or its pages fail.")


# Worth another try within the window: what stood in the way may go away by itself.
PASSING = (Fault.UNREACHABLE, Fault.GONE, Fault.LOCKED, Fault.STORE, Fault.KILLED, Fault.DUMP)
RUN_MOVES = [("queued", "failed"), ("queued", "running"), ("running", "failed"), ("running", "succeeded")]
RESTORE_MOVES = [
    ("agreed", "done"), ("agreed", "failed"), ("asked", "agreed"), ("asked", "refused"),
]  # fmt: skip


@event_types
class BackupEvent(models.TextChoices):
    """What happens to backups."""

    TARGET_ADDED = "backup.target_added", _("put %(target)s on the backup register")
    TARGET_CHANGED = "backup.target_changed", _("changed %(target)s: %(fields)s")
    REPOSITORY_ADDED = "backup.repository_added", _("added the repository %(repository)s")
    REPOSITORY_CHANGED = "backup.repository_changed", _("changed the repository %(repository)s: %(fields)s")
    POLICY_ADDED = "backup.policy_added", _("decided to back up %(target)s %(rhythm)s into %(repository)s")
    POLICY_ENDED = "backup.policy_ended", _("ended the policy %(rhythm)s of %(target)s")
    SAME_PLACE = "backup.same_place", _("accepted that a copy of %(target)s lies %(apart)s: %(reason)s")
    ASKED = "backup.asked", _("asked for a run: %(run)s of %(target)s")
    SUCCEEDED = "backup.succeeded", _("finished a run: %(run)s of %(target)s")
    FAILED = "backup.failed", _("could not finish a run: %(run)s of %(target)s. %(fault)s")
    SILENT = "backup.silent", _("warns: %(target)s has no good backup, one was due on %(due)s")
    JUMPED = "backup.jumped", _("warns: the backup of %(target)s is unlike those before it: %(what)s")
    TOKEN_ISSUED = "backup.token_issued", _("issued a new reporting address for %(target)s")
    RESTORE_ASKED = "backup.restore_asked", _("asked to restore %(target)s %(goal)s: %(reason)s")
    RESTORE_AGREED = "backup.restore_agreed", _("agreed to restore %(target)s %(goal)s")
    RESTORE_REFUSED = "backup.restore_refused", _("refused to restore %(target)s %(goal)s: %(reason)s")
    RESTORED = "backup.restored", _("restored %(target)s %(goal)s")
    RESTORE_FAILED = "backup.restore_failed", _("could not restore %(target)s %(goal)s. %(fault)s")
    REPORTED = "backup.reported", _("reported on the backups of %(month)s to the Board")
    ACKNOWLEDGED = "backup.acknowledged", _("acknowledged the report on the backups of %(month)s")
    DOWNLOADED = "backup.downloaded", _("downloaded %(path)s from a backup of %(target)s")


words(run=RunKind, fault=Fault, rhythm=Rhythm, apart=Apart)
