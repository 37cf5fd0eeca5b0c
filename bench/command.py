"""The ending of every benchmark's command: run, then print for people or as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

Found = dict[str, Any]


def main_of(
    name: str,
    doc: str | None,
    run: Callable[[bool], Found],
    show: Callable[[Found], None],
    short: str,
) -> None:
    """Parse `--json` and `--short`, run and print.

    Args:
        name: of the module, as after `python -m`.
        doc: its docstring; the first line is the help.
        run: the benchmark, in short form or not.
        show: prints what was found for people.
        short: what the short form leaves out.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}", description=(doc or "").partition("\n")[0]
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--short", action="store_true", help=short)
    options = parser.parse_args()
    emit(run(options.short), show, as_json=options.json)


def emit(found: Found, show: Callable[[Found], None], *, as_json: bool) -> None:
    """Print what was found."""
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        show(found)
