"""Runs the parts: one stream of output, and no part left behind however this process ends."""

import os
import shlex
import signal
import sys
from contextlib import suppress
from multiprocessing import parent_process
from subprocess import TimeoutExpired
from threading import Thread
from time import monotonic
from typing import Any

import psutil
from honcho.manager import Manager
from honcho.printer import Message, Printer
from honcho.process import Popen, Process

from infra.local.humane import humane
from infra.local.plan import ROOT, Part

STOP_SECONDS = 5  # honcho's own KILL_WAIT
HURRY_SECONDS = 3  # what Postgres gets on top, when a client of it will not go
BANNER = "ticker"  # this part's indented lines are for the user: they come without time and name
# A start that is well says these too: a server's advice for production, and that the ticker waits for Postgres.
HARMLESS = {
    "valkey": b"WARNING Memory overcommit must be enabled",
    "postgres": b"FATAL:  the database system is starting up",
}


class Stream(Printer):  # type: ignore[misc]
    """Lines of all parts; once nobody reads them any more, everything stops."""

    def write(self, message: Message) -> None:
        try:
            self._write(message)
        except OSError:
            self.output = open(os.devnull, "w")  # noqa: SIM115 (open until the end)
            os.kill(os.getpid(), signal.SIGTERM)

    def _write(self, message: Message) -> None:
        if message.name in HARMLESS and HARMLESS[message.name] in message.data:
            return
        if message.name == BANNER and message.data[:2] in (b"  ", b"\n"):
            print(message.data.decode("utf-8", "replace").rstrip("\n"), file=self.output, flush=True)
        else:
            super().write(message._replace(data=humane(message.data)) if isinstance(message.data, bytes) else message)


class Keeper(Process):  # type: ignore[misc]
    """Honcho's process around a part; it ends the part when the supervisor is gone."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._child_ctor = self._launch

    def _launch(self, command: str, **options: Any) -> Popen:
        child = Popen(command, **options)
        Thread(target=self._follow, args=(child,), daemon=True).start()
        return child

    def _follow(self, child: Popen) -> None:
        supervisor = parent_process()
        assert supervisor is not None
        with suppress(psutil.NoSuchProcess):
            psutil.Process(supervisor.pid).wait()
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(STOP_SECONDS)
            except TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        os._exit(1)


class Supervisor(Manager):  # type: ignore[misc]
    """Ends when a signal comes or a part ends; then all parts are ended."""

    def __init__(self, parts: list[Part], env: dict[str, str]):
        super().__init__(Stream(sys.stdout))
        self._process_ctor = Keeper
        self._hurried_at: float | None = None
        for part in parts:
            self.add_process(part.name, f"exec {shlex.join(part.command)}", env=env, cwd=str(ROOT))

    def run(self) -> int:
        """0 when it was asked to stop, 1 when a part ended by itself."""
        self.loop()
        self._say("all parts have ended")
        return 0 if self._asked else 1

    @property
    def _asked(self) -> bool:
        return self.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)

    def _start(self) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited: a closed terminal is the supervisor's business alone
        super()._start()
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))

    def terminate(self) -> None:
        if not self._all_started():
            os._exit(self.returncode or 1)  # honcho knows no pids yet; the keepers do
        if not self._terminating:
            self._say("stopping …") if self._asked else self._explain()
        super().terminate()

    def _explain(self) -> None:
        for name, process in self._processes.items():
            if "returncode" in process:
                self._say(f"{name} ended by itself ({_how(process['returncode'])}), so everything stops.")
                self._say("Its last lines above may say why. `make up` starts again; stored data are kept.")

    def _say(self, text: str) -> None:
        super()._system_print(f"{text}\n")

    def _system_print(self, data: str) -> None:
        """Honcho's own remarks, two or three for each part, are left out."""

    def kill(self) -> None:
        """Called over and over once the parts had their time. Postgres waits for its clients: first tell it not to."""
        if self._hurried_at is None:
            self._hurried_at = monotonic()
            self._hurry()
        elif monotonic() - self._hurried_at > HURRY_SECONDS:
            super().kill()

    def _hurry(self) -> None:
        for name, process in self._processes.items():
            if "returncode" not in process:
                with suppress(ProcessLookupError):
                    os.killpg(process["pid"], signal.SIGINT if name == "postgres" else signal.SIGKILL)


def _how(returncode: int) -> str:
    return f"killed by {signal.Signals(-returncode).name}" if returncode < 0 else f"exit status {returncode}"
