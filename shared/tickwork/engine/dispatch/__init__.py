"""How a tick hands a batch to run_jobs: over HTTP or through a queue."""
