copy tickwork.jobs (id, type, payload, priority, max_retries, scheduled_at) from stdin
