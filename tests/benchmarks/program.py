"""One call of a peer's program: its answer as a dict, its processes gone afterwards, however it went."""

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.benchmarks.environments import PEERS, ROOT, command
from tests.benchmarks.stand import Stand

SECONDS = 100.0


class Failed(Exception):
    """A program said no answer; what it said last."""


def call(
    stand: Stand, peer: str, *arguments: str | int | float, seconds: float = SECONDS, **env: str
) -> dict[str, Any]:
    """Run `peer ARGUMENTS`; raises Failed when it ends without an answer or takes longer than `seconds`."""
    path = os.pathsep.join([str(PEERS), *([str(ROOT)] if peer == "tickwork" else [])])
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BENCH_", "PYTHON"))}
    process = subprocess.Popen(
        [*command(peer), *map(str, arguments)],
        cwd=stand.folder,
        env=clean | stand.env() | {"PYTHONPATH": path} | env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(log := (stand.folder / f"{peer}.log").open("ab")),
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
        return dict(json.loads(output.splitlines()[-1]))
    except subprocess.TimeoutExpired:
        raise Failed(f"no answer within {seconds:g} s") from None
    except (IndexError, ValueError):
        raise Failed(_last_line(Path(log.name))) from None
    finally:
        _end_group(process)
        log.close()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "ended without an answer"
