"""A device for keys (PKCS#11) made of software: softhsm2 with one token in a directory."""

import os
import subprocess
from pathlib import Path

import pkcs11
from pkcs11 import Attribute

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
TOKEN, PIN = "kumala", "20261121"


def make(place: Path) -> None:
    """A token that holds nothing. The library reads where it is whenever it is initialised anew."""
    tokens, written = place / "tokens", place / "softhsm2.conf"
    tokens.mkdir()
    written.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(written)
    words = ["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "of-the-officer"]
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)


def labels() -> list[str]:
    """The private keys in it, after an attempt to read each of them out."""
    module = pkcs11.lib(MODULE)
    module.reinitialize()
    with module.get_token(token_label=TOKEN).open(user_pin=PIN) as session:
        found = list(session.get_objects({Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}))
        assert not any(_is_told(key) or key[Attribute.EXTRACTABLE] for key in found)
        return sorted(key.label for key in found)


def _is_told(key: pkcs11.Object) -> bool:
    try:
        return bool(key[Attribute.VALUE])
    except pkcs11.AttributeSensitive:
        return False
