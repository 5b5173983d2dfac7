"""`python -m kumala_itsm.local`: up, run, machine."""

import argparse
import os
import sys
from pathlib import Path

from kumala_itsm.local import machine, product, runner, translations
from kumala_itsm.local.trouble import Trouble


def main() -> int:
    """Do what was asked; the exit code. Trouble is one sentence and 1."""
    asked = _arguments().parse_args()
    try:
        return int(asked.do(asked) or 0)
    except Trouble as problem:
        print(problem, file=sys.stderr)
        return 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kumala_itsm.local")
    verbs = parser.add_subparsers(required=True)
    up = verbs.add_parser("up", help="run the whole product until Ctrl-C")
    up.add_argument("--state", type=Path, default=product.ROOT / ".local", help="where its state lives")
    up.set_defaults(do=_up)
    run = verbs.add_parser("run", help="run a command beside a fresh PostgreSQL and Redis: run -- pytest")
    run.add_argument("command", nargs="+")
    run.set_defaults(do=lambda asked: runner.run(asked.command))
    needs = verbs.add_parser("machine", help="install, or name, what the operating system lacks")
    for purpose in machine.PROGRAMS:
        needs.add_argument(f"--{purpose}", dest="purposes", action="append_const", const=purpose, default=[])
    needs.set_defaults(do=lambda asked: machine.require(*asked.purposes))
    compiled = verbs.add_parser("translations", help="compile the translations that changed")
    compiled.set_defaults(do=lambda _: translations.compile_changed(product.ROOT) and 0)
    return parser


def _up(asked: argparse.Namespace) -> int:
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Trouble(f"PORT must be a number from 1 to 65535, not {port!r}.")
    place = product.Place(asked.state.resolve(), os.environ.get("HOST") or "127.0.0.1", int(port))
    return runner.up(place)


if __name__ == "__main__":
    sys.exit(main())
