-- The first to come with a key keeps it; a second waits here until the first has committed or given up.
insert into tickwork.idempotency_keys (key, request_hash, job_ids)
values (%(key)s, %(hash)s, %(ids)s::uuid[])
on conflict (key) do nothing
