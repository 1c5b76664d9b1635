-- One job in one round trip, for whoever gives no idempotency key and leaves no audit: half the planning of create_job.
insert into tickwork.jobs (id, type, payload, priority, max_retries, scheduled_at, trace_parent)
values (
  %(id)s, %(type)s, %(payload)s, %(priority)s, %(max_retries)s,
  coalesce(%(scheduled_at)s, now() + make_interval(secs => %(delay)s)), %(trace_parent)s
)
returning id, scheduled_at, created_at
