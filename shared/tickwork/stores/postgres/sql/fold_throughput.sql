-- Sum the rows of each past minute into one, those older than two hours by the hour, and forget them after 31 days.
with spread as (
  select array_agg(row) as rows
  from (
    select ctid as row, minute, type, event, bucket,
      case when minute < date_trunc('hour', now()) - interval '2 hours' then date_trunc('hour', minute) else minute end as kept
    from tickwork.job_throughput
    where minute < date_trunc('minute', now())
  ) past
  group by kept, type, event, bucket
  having count(*) > 1 or bool_or(minute <> kept) or kept < now() - interval '31 days'
), spent as (
  delete from tickwork.job_throughput
  where ctid = any(array(select unnest(rows) from spread))
  returning minute, type, event, bucket, n
)
insert into tickwork.job_throughput (minute, type, event, bucket, n)
select
  case when minute < date_trunc('hour', now()) - interval '2 hours' then date_trunc('hour', minute) else minute end,
  type, event, bucket, sum(n)
from spent
where minute >= now() - interval '31 days'
group by 1, 2, 3, 4
