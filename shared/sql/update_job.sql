-- Move a waiting job in time or in rank.
update tickwork.jobs
set
  scheduled_at = coalesce(%(scheduled_at)s, now() + make_interval(secs => %(delay)s), scheduled_at),
  priority = coalesce(%(priority)s, priority),
  updated_at = now()
where id = %(id)s and status = 'pending'
returning
  id, type, status, payload, priority, retries, max_retries, scheduled_at, completed_at, failed_reason,
  created_at, updated_at, attempt, started_at, lease_expires_at, cancel_requested_at, progress, result
