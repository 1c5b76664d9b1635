-- What it was still to be told is not sent any more.
with undone as (
  update tickwork.alert_deliveries set next_try_at = null, error = coalesce(error, 'its channel was removed')
  where channel_id = %(id)s and next_try_at is not null
), gone as (
  delete from tickwork.alert_channels where id = %(id)s
  returning id, name, kind
), audited as (
  insert into tickwork.audit (actor, via, action, detail, request_id)
  select %(actor)s, %(via)s, 'channel.remove', jsonb_build_object('channel', id, 'name', name, 'kind', kind), %(request_id)s
  from gone
)
select id from gone
