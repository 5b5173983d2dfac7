#!/usr/bin/env python
"""Django's command line for Kumala ITSM."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run a management command with the product's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kumala_itsm.settings")
    if "DATABASE_URL" not in os.environ and Path(__file__).with_name(".local").joinpath("postgres").exists():
        from kumala_itsm.local import beside

        os.environ.update(beside.environment())
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
