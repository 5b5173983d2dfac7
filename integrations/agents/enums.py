"""Where machines and reports stand, by which rule they were matched, what is asked about security, what happens."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


class MachineState(models.TextChoices):
    """Whether a machine is one of ours."""

    WAITING = "waiting", _("Waits for admission")
    ADMITTED = "admitted", _("Admitted")
    REFUSED = "refused", _("Refused")
    JOINED = "joined", _("Joined with another")


MACHINE_MOVES = [
    ("admitted", "joined"),
    ("admitted", "waiting"),
    ("joined", "waiting"),
    ("refused", "waiting"),
    ("waiting", "admitted"),
    ("waiting", "joined"),
    ("waiting", "refused"),
]


class How(models.TextChoices):
    """Why a report is about this machine; each is a sentence for the person who doubts it."""

    NEW = "new", _("Nothing known fitted: it is a new machine.")
    SAME = "same", _("Everything it says of itself is as before.")
    AGENT = "agent", _("The agent's own number is known, and the hardware does not contradict it.")
    HARDWARE = (
        "hardware",
        _("Serial number and system UUID are those of a known machine; the agent is another one."),
    )
    SERIAL = (
        "serial",
        _("Serial number and maker are those of a known machine, and the system UUID does not contradict."),
    )
    CLONE = "clone", _("The agent's number is known, but from other hardware: one of the two is a copy.")
    SEVERAL = "several", _("It fits several known machines equally well.")
    FOREIGN = (
        "foreign",
        _("Its marks are known in another branch, whose machines the key of this branch cannot report."),
    )
    PERSON = "person", _("A person said so.")


class Alarm(models.TextChoices):
    """Why somebody must look at a machine before its reports count again."""

    CLONE = "clone", _("Two machines report with one agent number, from different hardware.")
    NAMES = "names", _("Two machines report with the very same marks: only their names take turns.")
    AGENTS = "agents", _("Two agents take turns on what says to be the same hardware.")
    FOREIGN = "foreign", _("A machine of another branch reports with the same marks.")
    SEVERAL = "several", _("Its marks fit several machines.")


class Trouble(models.TextChoices):
    """Why a report could not be read."""

    TOO_LARGE = "too_large", _("It is too large once it is opened.")
    TOO_HARD = "too_hard", _("Reading it took too much time or memory.")
    TOO_DEEP = "too_deep", _("Its parts are nested too deeply.")
    ENTITIES = "entities", _("It declares a document type or entities, which no agent needs.")
    CUT_OFF = "cut_off", _("It ends before its end.")
    BROKEN = "broken", _("It could not be read.")
    NO_REPORT = "no_report", _("It is no inventory of a machine.")
    NAMELESS = "nameless", _("It does not say which agent or hardware it is from.")
    LATE = "late", _("A newer report of the same machine was read before it.")
    HELD = "held", _("The machine has an alarm that somebody must settle first.")
    REFUSED = "refused", _("The machine was refused.")


# These were read, and would change nothing another time: a newer one was read, or the machine is none of ours.
DECIDED = (Trouble.LATE, Trouble.REFUSED)


class CheckKind(models.TextChoices):
    """What is asked about the security of a machine (SOP-B4.2.2), with what may be wrong."""

    ANTIVIRUS = "antivirus", _("Antivirus")
    ANTIVIRUS_MISSING = "antivirus_missing", _("No antivirus")
    ANTIVIRUS_OFF = "antivirus_off", _("Antivirus is off")
    ANTIVIRUS_OLD = "antivirus_old", _("Antivirus is out of date")
    FIREWALL = "firewall", _("Firewall")
    FIREWALL_OFF = "firewall_off", _("Firewall is off")
    ENCRYPTION = "encryption", _("Disk encryption")
    UNENCRYPTED = "unencrypted", _("Disk is not encrypted")
    UPDATES = "updates", _("Security updates")
    UPDATES_OLD = "updates_old", _("Security updates are overdue")
    REMOTE = "remote", _("Remote control")
    REMOTE_TOOL = "remote_tool", _("Remote control from outside")
    BACKUP = "backup", _("Database backup")
    BACKUP_OLD = "backup_old", _("Database backup is old")
    BACKUP_MISSING = "backup_missing", _("Database is not backed up")
    SILENT = "silent", _("Not heard of")


WRONG_KINDS = (
    CheckKind.ANTIVIRUS_MISSING, CheckKind.ANTIVIRUS_OFF, CheckKind.ANTIVIRUS_OLD, CheckKind.FIREWALL_OFF,
    CheckKind.UNENCRYPTED, CheckKind.UPDATES_OLD, CheckKind.REMOTE_TOOL, CheckKind.BACKUP_OLD,
    CheckKind.BACKUP_MISSING, CheckKind.SILENT,
)  # fmt: skip


@event_types
class AgentEvent(models.TextChoices):
    """What happens to machines and to the keys of branches."""

    APPEARED = "agent.appeared", _("saw the machine %(name)s for the first time: %(matched)s")
    MATCHED = "agent.matched", _("found %(name)s again under other marks: %(matched)s")
    ALARM = "agent.alarm", _("raised an alarm about %(name)s: %(alarm)s")
    SETTLED = "agent.settled", _("settled the alarm about %(name)s: %(reason)s")
    ADMITTED = "agent.admitted", _("admitted the machine %(name)s as %(asset)s")
    REFUSED = "agent.refused", _("refused the machine %(name)s: %(reason)s")
    RECONSIDERED = "agent.reconsidered", _("let the machine %(name)s wait again: %(reason)s")
    JOINED = "agent.joined", _("joined %(name)s with %(other)s: %(reason)s")
    PARTED = "agent.parted", _("parted %(name)s from %(other)s: %(reason)s")
    WAIT = "agent.wait", _("noticed that %(count)s machines wait for admission")
    WEAKENED = "agent.weakened", _("noticed %(count)s new weaknesses on %(machines)s machines")
    BROUGHT = "agent.brought", _("brought a report of the agent %(device)s by hand")
    KEY_ISSUED = "agent.key_issued", _("issued the key %(username)s for agents of %(branch)s")
    KEY_REVOKED = "agent.key_revoked", _("revoked the key %(username)s of %(branch)s")


words(matched=How, alarm=Alarm)
