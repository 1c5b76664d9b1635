-- Messages to be sent now, the caller's for two minutes: should it end before it is done, another sends them then,
-- unless that was the last try.
update tickwork.alert_deliveries deliveries
set tries = tries + 1, next_try_at = now() + interval '2 minutes'
from tickwork.alert_channels channels
where channels.id = channel_id
  and deliveries.id = any(array(
    select id from tickwork.alert_deliveries
    where next_try_at <= now() and tries < %(tries)s
    order by at limit %(limit)s for update skip locked
  ))
returning deliveries.id, at, channels.name as channel, kind, url, event, subject, count, seconds, tries
