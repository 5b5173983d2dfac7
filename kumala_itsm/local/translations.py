"""Compile the translations: without gettext's programs, which a fresh machine does not have."""

from pathlib import Path

import polib


def compile_changed(root: Path) -> int:
    """Write every `django.mo` that is older than its `django.po`; how many."""
    done = 0
    for source in sorted(root.glob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            done += 1
    return done
