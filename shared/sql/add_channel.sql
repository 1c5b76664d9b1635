insert into tickwork.alert_channels (id, name, kind, url, events)
select %(id)s, %(name)s, %(kind)s, %(url)s, %(events)s
where (select count(*) from tickwork.alert_channels) < %(most)s
returning id, name, kind, url, events, created_at
