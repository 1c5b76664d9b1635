with made as (
  insert into tickwork.alert_channels (id, name, kind, url, events)
  select %(id)s, %(name)s, %(kind)s, %(url)s, %(events)s
  where (select count(*) from tickwork.alert_channels) < %(most)s
  returning id, name, kind, url, events, created_at
), audited as (
  insert into tickwork.audit (actor, via, action, detail, request_id)
  select %(actor)s, %(via)s, 'channel.add', jsonb_build_object('channel', id, 'name', name, 'kind', kind, 'events', events),
    %(request_id)s
  from made
)
select * from made
