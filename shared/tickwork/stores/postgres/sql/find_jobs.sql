select
  id, type, status, payload, priority, retries, max_retries, scheduled_at, completed_at, failed_reason,
  created_at, updated_at, attempt, started_at, lease_expires_at, cancel_requested_at, progress, result
from tickwork.jobs
where id = any(%(ids)s)
