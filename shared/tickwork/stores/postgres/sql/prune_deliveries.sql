delete from tickwork.alert_deliveries where at < now() - make_interval(secs => %(keep_seconds)s)
