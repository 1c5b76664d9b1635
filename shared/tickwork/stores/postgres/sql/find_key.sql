select request_hash, job_ids from tickwork.idempotency_keys where key = %(key)s
