-- For each type that failed since it was last told: one message with the number, to each channel that wants it.
with failed as (
  select type, sum(n)::bigint as n
  from (
    select type, n from tickwork.job_totals where event = 'failed'
    union all
    select type, n from tickwork.job_throughput
    where event = 'failed' and minute >= coalesce((select minute from tickwork.totals_until), '-infinity')
  ) known
  group by type
), told as (
  insert into tickwork.alert_states as known (event, subject, counted, told_at)
  select 'job_failed', type, n, now() from failed
  on conflict (event, subject) do update
  set before = known.counted, counted = excluded.counted, told_at = now()
  where excluded.counted > known.counted
    and (known.told_at is null or known.told_at < now() - make_interval(secs => %(quiet_seconds)s))
  returning subject, counted - before as n
)
insert into tickwork.alert_deliveries (id, channel_id, channel, event, subject, count, next_try_at)
select gen_random_uuid(), channels.id, channels.name, 'job_failed', told.subject, told.n, now()
from told, tickwork.alert_channels channels
where 'job_failed' = any(channels.events)
