copy tickwork.jobs (id, type, payload, priority, max_retries, scheduled_at, trace_parent) from stdin with (format binary)
