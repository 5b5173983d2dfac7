"""A real IMAP server (Debian's dovecot-imapd) for one test run: own folder, free port, one account, no root needed."""

import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from kumala_itsm.local.product import free_port

USER, PASSWORD = "helpdesk", "rahasia"
_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
{users}
first_valid_uid = {uid}
mail_location = maildir:{place}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={place}/home/%u
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """Runs between `start` and `stop`; letters are put in by IMAP itself."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Dovecot":
        """Up and answering."""
        for name in ("run", "state", "mail", "home"):
            (self.place / name).mkdir(parents=True, exist_ok=True)
        config = self.place / "dovecot.conf"
        config.write_text(self._config())
        program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        assert program, "apt-get install dovecot-imapd"
        self._process = subprocess.Popen([program, "-F", "-c", str(config)], stderr=subprocess.PIPE)
        self._wait()
        return self

    def _config(self) -> str:
        who = pwd.getpwuid(os.getuid())
        users = f"default_internal_user = {who.pw_name}\ndefault_login_user = {who.pw_name}\n"
        users += f"default_internal_group = {grp.getgrgid(os.getgid()).gr_name}"
        if os.getuid() == 0:  # the package's own users; mail belongs to nobody in particular
            users, who = "", pwd.getpwnam("nobody")
            for path in (self.place, *self.place.iterdir()):
                os.chown(path, who.pw_uid, who.pw_gid) if path.name in ("mail", "home") else path.chmod(0o755)
        facts = {"place": self.place, "uid": who.pw_uid, "gid": who.pw_gid, "port": self.port}
        return _CONFIG.format(**facts, users=users, password=PASSWORD)

    def _wait(self) -> None:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            with suppress(OSError, imaplib.IMAP4.error):
                self.session().logout()
                return
            time.sleep(0.05)
        log = self.place / "log"
        raise AssertionError(log.read_text() if log.exists() else "dovecot says nothing")

    def stop(self) -> None:
        """Gone, with its children."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=15)
            assert self._process.stderr is not None
            self._process.stderr.close()
            self._process = None

    def url(self, folder: str = "INBOX", *, password: str = PASSWORD, **options: str) -> str:
        """What stands in MAIL_IN_URL."""
        asked = "&".join(f"{key}={value}" for key, value in options.items())
        return f"imap://{USER}:{password}@127.0.0.1:{self.port}/{folder}" + (f"?{asked}" if asked else "")

    def session(self) -> imaplib.IMAP4:
        """Somebody else at the same mailbox."""
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        imap.login(USER, PASSWORD)
        return imap

    def put(self, raw: bytes, folder: str = "INBOX", *, at: datetime | None = None) -> None:
        """A letter arrives."""
        imap = self.session()
        when = imaplib.Time2Internaldate(at or datetime.now(UTC))
        imap.create(folder)
        kind, said = imap.append(folder, "", when, raw)
        assert kind == "OK", said
        imap.logout()

    def letters(self, folder: str = "INBOX") -> list[bytes]:
        """The flags of each letter that lies there."""
        imap = self.session()
        kind, _said = imap.select(folder, readonly=True)
        found = [] if kind != "OK" else imap.uid("FETCH", "1:*", "(FLAGS)")[1]
        imap.logout()
        return [piece for piece in found if isinstance(piece, bytes)]

    def renew(self, folder: str) -> None:
        """The folder is made anew: another UIDVALIDITY, no letters."""
        imap = self.session()
        imap.delete(folder)
        imap.create(folder)
        imap.logout()
