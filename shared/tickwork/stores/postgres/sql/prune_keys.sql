delete from tickwork.idempotency_keys where key = any(array(
  select key from tickwork.idempotency_keys
  where created_at < now() - make_interval(secs => %(keep_seconds)s)
  order by created_at
  limit %(limit)s
))
