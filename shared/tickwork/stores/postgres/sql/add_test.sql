with told as (
  insert into tickwork.alert_deliveries (id, channel_id, channel, event, tries, ok, error)
  values (%(id)s, %(channel_id)s, %(channel)s, %(event)s, 1, %(ok)s, %(error)s)
  returning channel_id, channel, ok
)
insert into tickwork.audit (actor, via, action, detail, request_id)
select %(actor)s, %(via)s, 'channel.test', jsonb_build_object('channel', channel_id, 'name', channel, 'ok', ok), %(request_id)s
from told
