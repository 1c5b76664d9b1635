insert into tickwork.job_totals (type, event, bucket, n) values ('', %(event)s, 0, %(n)s)
on conflict (type, event, bucket) do update set n = job_totals.n + excluded.n
