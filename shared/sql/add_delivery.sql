insert into tickwork.alert_deliveries (id, channel_id, channel, event, tries, ok, error)
values (%(id)s, %(channel_id)s, %(channel)s, %(event)s, 1, %(ok)s, %(error)s)
