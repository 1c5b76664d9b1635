"""Where the parts of a running `make up` are, for the command line and for shells: a file of NAME=value lines, quoted
as a shell wants it, read by tickwork/cli."""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.local.plan import AWS_KEYS
from tickwork.core.settings import Settings

TOLD = {*map(str.upper, Settings.model_fields), *AWS_KEYS}


@contextmanager
def whereabouts(file: Path, decided: Mapping[str, str], given: Mapping[str, str]) -> Iterator[None]:
    """`file` says what `make up` decided itself, as long as it runs, and the key to its API; what else was given to it
    may be secret."""
    ours = {name for name in TOLD & decided.keys() if name == "API_KEY" or given.get(name) != decided[name]}
    lines = [f"{name}={shlex.quote(decided[name])}\n" for name in sorted(ours)]
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:  # it holds the API key
        new.write("".join(lines))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
