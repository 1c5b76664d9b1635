"""POST /jobs as functions/create_job has it, with the benchmark's own type known."""

from peer import bench  # noqa: F401  registers the type

from functions.create_job.main import create_job  # noqa: F401  what functions-framework serves
