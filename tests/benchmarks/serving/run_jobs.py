"""run_jobs as it is deployed, with one more type of job: one that waits for 50 ms, as a call of some service would."""

import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from pydantic import BaseModel

from tickwork.core.context import JobContext
from tickwork.core.handler import handler

HANDLER_SECONDS = 0.05
MAIN = Path(__file__).parents[3] / "functions" / "run_jobs" / "main.py"


class Greeting(BaseModel):
    n: int
    to: str
    subject: str


@handler("bench")
def bench(payload: Greeting, job: JobContext) -> None:
    """Wait."""
    time.sleep(HANDLER_SECONDS)


spec = spec_from_file_location("deployed", MAIN)
assert spec
assert spec.loader
deployed = module_from_spec(spec)
spec.loader.exec_module(deployed)
run_jobs = deployed.run_jobs
