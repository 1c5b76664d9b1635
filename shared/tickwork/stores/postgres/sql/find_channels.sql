select id, name, kind, url, events, created_at from tickwork.alert_channels order by created_at, id
