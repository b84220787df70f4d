"""What must not be in the repository: addresses of registries in lock files, paths of somebody's machine, huge modules.

``python -m tools.check_repository`` prints one line for each finding and exits 1 when there is any.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE = 400  # lines; a module that reaches it is two modules
LARGEST_FILE = 1 << 20
# One table explains the schema; the load generator is shared with other servers' measurements and kept as it is.
LONG_MODULES = frozenset(
    {
        "liaison/store/migrations/versions/0001_first_schema.py",
        "tests/bench/sfu_clients.py",
        "tests/bench/sfu_load.py",
    }
)
FORBIDDEN = (
    (re.compile(r"https?://|--(extra-)?index-url|--find-links"), "a registry's address in a lock file", r"requirements.*\.txt"),
    (re.compile(r"(?<![\w./-])/(home|root|work|Users)/\w"), "a path of one machine", r".*\.(py|md|toml|cfg|sh|html|js|css|conf)|Makefile"),
)


def tracked() -> list[Path]:
    """The files under version control, and those about to be; all files where there is no git."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        return [p.relative_to(ROOT) for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts]
    return [Path(name) for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def findings(path: Path) -> list[str]:
    """What is wrong with one file, as sentences."""
    if "vendor" in path.parts:
        return []
    data = (ROOT / path).read_bytes()
    found = [f"{path}: {len(data)} bytes; keep large files elsewhere"] if len(data) > LARGEST_FILE else []
    if b"\0" in data[:1024]:
        return found
    lines = data.decode(errors="replace").splitlines()
    if path.suffix in (".py", ".js", ".c") and len(lines) > LONGEST_MODULE and str(path) not in LONG_MODULES:
        found.append(f"{path}: {len(lines)} lines; a module that reaches {LONGEST_MODULE} is two modules")
    for pattern, what, names in FORBIDDEN:
        if re.fullmatch(names, path.name) and path.name != Path(__file__).name:
            found += [f"{path}:{number}: {what}" for number, line in enumerate(lines, 1) if pattern.search(line)]
    return found


def main() -> int:
    problems = [sentence for path in tracked() for sentence in findings(path)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
