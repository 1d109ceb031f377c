"""Runs a command and writes its last line into docs/backend.md, in the row of that name.

python -m tests.stress.figures NAME COMMAND...
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "backend.md"


def note(name: str, text: str, page: Path = PAGE) -> None:
    """Put a text into the second column of the row that begins with a name."""
    row = re.compile(rf"(?m)^(\| {re.escape(name)} \|) [^|\n]* \|")
    content = page.read_text(encoding="utf-8")
    changed, rows = row.subn(lambda found: f"{found[1]} {text.replace('|', '/')} |", content)
    if rows != 1:
        raise SystemExit(f"{page} has {rows} rows that begin with {name!r}")
    page.write_text(changed, encoding="utf-8")


def main() -> int:
    """Run, show, and write down if it went well."""
    name, *command = sys.argv[1:]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="")
    if done.returncode == 0:
        note(name, done.stdout.strip().splitlines()[-1])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
