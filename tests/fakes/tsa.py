"""A time-stamping authority on this machine (RFC 3161) that can be silent, slow or a liar."""

import datetime
import functools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

MOODS = (
    "down",
    "slow",
    "redirect",
    "garbage",
    "refusing",
    "other_digest",
    "other_time",
    "stranger",
    "endless",
)


@functools.cache
def authority(name: str) -> tuple[bytes, bytes]:
    """A self-signed authority for time stamps: certificate and key, both DER."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return (
        certificate.public_bytes(serialization.Encoding.DER),
        key.private_bytes(serialization.Encoding.DER, form, none),
    )


class Tsa:
    """`with Tsa(tmp_path) as tsa`: answers at `tsa.url`; `tsa.roots` is the PEM file under which it is believed."""

    def __init__(self, folder: Path) -> None:
        self.mood, self.asked = "", 0
        self.roots = folder / "tsa.pem"
        certificate = x509.load_der_x509_certificate(authority("TSA")[0])
        self.roots.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def __enter__(self) -> "Tsa":
        self._patience = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._patience.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}/tsr"

    def answer(self, body: bytes) -> bytes:
        """The answer to one request, in its mood."""
        self.asked += 1
        if self.mood == "slow":
            self._patience.wait()
        if self.mood == "garbage":
            return b"\x30\x03garbage"
        asked = tsp.TimeStampReq.load(body)
        if self.mood == "refusing":
            return tsp.TimeStampResp({"status": {"status": "rejection"}}).dump()
        if self.mood == "other_digest":
            asked["message_imprint"]["hashed_message"] = b"\0" * 32
        return self._stamper().request_tsa_response(asked).dump()

    def _stamper(self) -> DummyTimeStamper:
        certificate, key = authority("Stranger" if self.mood == "stranger" else "TSA")
        now = datetime.datetime.now(datetime.UTC)
        at = now - datetime.timedelta(days=30) if self.mood == "other_time" else None
        return DummyTimeStamper(
            asn1.Certificate.load(certificate), keys.PrivateKeyInfo.load(key), fixed_dt=at
        )


def _handler(tsa: Tsa) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if tsa.mood == "down":
                self.close_connection = True
                return
            answer = tsa.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(302 if tsa.mood == "redirect" else 200)
            self.send_header("Location", tsa.url + "?again")
            self.send_header("Content-Type", "application/timestamp-reply")
            length = 10**9 if tsa.mood == "endless" else len(answer)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            try:
                self.wfile.write(answer)
                while tsa.mood == "endless" and not tsa._patience.is_set():
                    self.wfile.write(b"\0" * 65536)
            except OSError:
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    return Handler
