delete from tickwork.idempotency_keys where created_at < now() - make_interval(secs => %(keep_seconds)s)
