"""`make check` finds what looks like a secret: shown on files that hold one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCAN = (ROOT / "Makefile").read_text().partition("SCAN =")[2].partition("\n\n")[0]
LEFT_OUT = re.search(r"--disable-plugin %,([\w ]+)\)", SCAN)[1].split()
PLANTED = {
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "a key of AWS": "aws = " + "AKIA" + "IOSFODNN7EXAMPLF",
    "a token of GitHub": "ghp_" + "0123456789abcdefghijABCDEFGHIJ456789",
    "a hook of Slack": "https://hooks.slack.com/services/" + "T00000000/B00000000/" + "X" * 24,
    "a token of a person": "eyJhbGciOiJIUzI1NiJ9."
    + "eyJzdWIiOiIxMjM0NTY3ODkwIn0."
    + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_secret_is_found(tmp_path: Path, what: str):
    file = tmp_path / "notes.txt"
    file.write_text(PLANTED[what] + "\n")
    hook = Path(sys.executable).parent / "detect-secrets-hook"
    options = [part for name in LEFT_OUT for part in ("--disable-plugin", name)]
    found = subprocess.run([hook, "--no-verify", *options, file], capture_output=True, text=True, timeout=60)
    assert found.returncode == 1, found.stdout
