select at, channel, event, ok, error, greatest(count, 1) as count
from tickwork.alert_deliveries
where tries > 0
order by at desc, id
limit %(limit)s
