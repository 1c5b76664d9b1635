delete from tickwork.audit where id = any(array(
  select id from tickwork.audit
  where at < now() - make_interval(secs => %(keep_seconds)s)
  order by at
  limit %(limit)s
))
