-- What became of a try; after the last one it is left.
update tickwork.alert_deliveries
set
  ok = %(ok)s,
  error = %(error)s,
  next_try_at = case when not %(ok)s and tries < %(tries)s then now() + make_interval(mins => 1 << tries) end
where id = %(id)s
