-- Add the minutes that are over to the totals, each once. Only those to which no statement can add any more: it has been
-- given up by then. Runs before fold_throughput, which moves old minutes.
with span as (
  insert into tickwork.totals_until as known (minute, before)
  values (date_trunc('minute', now() - make_interval(secs => %(statement_seconds)s)), '-infinity')
  on conflict (single) do update set before = known.minute, minute = greatest(known.minute, excluded.minute)
  returning before as first, minute as last
), past as (
  select type, event, bucket, sum(n) as n
  from tickwork.job_throughput, span
  where minute >= first and minute < last
  group by 1, 2, 3
)
insert into tickwork.job_totals (type, event, bucket, n)
select * from past
on conflict (type, event, bucket) do update set n = job_totals.n + excluded.n
