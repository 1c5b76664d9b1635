-- Note whether `event` goes on; when that is news, write a message to each channel that wants it. Told at most once in
-- `quiet_seconds`, so that what comes and goes is no stream of messages. Whoever of several tells first tells alone.
with changed as (
  insert into tickwork.alert_states as known (event, active, told_at)
  values (%(event)s, %(active)s, case when %(active)s then now() end)
  on conflict (event, subject) do update
  set active = excluded.active, told_at = coalesce(excluded.told_at, known.told_at)
  where known.active <> excluded.active
    and (not excluded.active or known.told_at is null
      or known.told_at < now() - make_interval(secs => %(quiet_seconds)s))
  returning active
)
insert into tickwork.alert_deliveries (id, channel_id, channel, event, count, seconds, next_try_at)
select gen_random_uuid(), channels.id, channels.name, %(event)s, %(count)s, %(seconds)s, now()
from changed, tickwork.alert_channels channels
where changed.active and %(event)s = any(channels.events)
