"""`python -m infra.audit`: known vulnerabilities of the locked dependencies, where somebody can be asked about them.

pip-audit asks a public service, which a build without network cannot reach; and a mirror that answers in its place may
know packages and no advisories, and then everything looks well. So it is asked first about a release that is known to
be vulnerable. Only from a service that says so is the answer about ours believed, and then a vulnerability fails the
check; otherwise it is said that nothing was asked. `make audit` is the strict way, which fails instead.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-dev.lock"
KNOWN = "jinja2==2.10"  # CVE-2019-10906 and others
SECONDS = 30.0  # for everything; a check must end
ANSWER_SECONDS = "3"  # for each answer of the service
PIP_AUDIT = (str(Path(sys.executable).parent / "pip-audit"),)
OPTIONS = ("--disable-pip", "--progress-spinner", "off", "--timeout", ANSWER_SECONDS, "--format", "json")


class NotAskedError(Exception):
    """Nobody could be asked; says why."""


def audit(lock: Path = LOCK, command: Sequence[str] = PIP_AUDIT, seconds: float = SECONDS) -> list[str]:
    """Every vulnerability of what `lock` pins, as "name version: ids". NotAskedError when the service cannot tell, or
    not within `seconds`."""
    deadline = monotonic() + seconds
    with TemporaryDirectory() as folder:
        known = Path(folder, "known.txt")
        known.write_text(f"{KNOWN}\n")
        if not _vulnerable(_asked([*command, "--no-deps", "-r", str(known), *OPTIONS], deadline)):
            raise NotAskedError(f"the service that answers does not know that {KNOWN} is vulnerable")
    found = _asked([*command, "--require-hashes", "-r", str(lock), *OPTIONS], deadline)
    vulnerable = _vulnerable(found)
    skipped = [one["name"] for one in found if "skip_reason" in one]
    if skipped and not vulnerable:
        raise NotAskedError(f"the service does not know {', '.join(skipped)}")
    return vulnerable


def _asked(command: list[str], deadline: float) -> list[dict[str, Any]]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=max(0.1, deadline - monotonic()))
        return list(json.loads(done.stdout)["dependencies"])
    except FileNotFoundError:
        raise NotAskedError("pip-audit is not installed") from None
    except subprocess.TimeoutExpired:
        raise NotAskedError("it took too long") from None
    except ValueError:
        raise NotAskedError(done.stderr.strip().rpartition("\n")[2][:300] or "no answer") from None


def _vulnerable(dependencies: list[dict[str, Any]]) -> list[str]:
    return [
        f"{one['name']} {one['version']}: {', '.join(vulnerability['id'] for vulnerability in one['vulns'])}"
        for one in dependencies
        if one.get("vulns")
    ]


def main() -> int:
    argparse.ArgumentParser(prog="infra.audit", description=__doc__).parse_args()
    try:
        found = audit()
    except NotAskedError as error:
        print(f"VULNERABILITIES WERE NOT ASKED FOR: {error}. With network: make audit", file=sys.stderr)
        return 0
    print("\n".join(found) or "No known vulnerability in any dependency", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
