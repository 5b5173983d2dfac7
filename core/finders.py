"""Which static files are collected: all of ours, and of the front-end packages only the files that pages load."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.finders import FileSystemFinder

# The packages ship dozens of variants; some name pictures they do not bring, which the hashing of names refuses.
USED = {
    "vendor/tabler/css/tabler.min.css",
    "vendor/tabler/css/tabler.min.css.map",
    "vendor/htmx/htmx.min.js",
    "vendor/idiomorph/idiomorph.min.js",
    "vendor/jsqr/jsQR.js",
    "vendor/signature_pad/signature_pad.umd.min.js",
    "vendor/signature_pad/signature_pad.umd.min.js.map",
}


class Chosen(FileSystemFinder):
    """Django's finder over STATICFILES_DIRS, without what nobody uses of `vendor/`."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        """Every (path, storage) that collectstatic shall copy."""
        for path, storage in super().list(ignore_patterns):
            prefix = getattr(storage, "prefix", "") or ""
            if not prefix.startswith("vendor/") or f"{prefix}/{path}" in USED:
                yield path, storage
