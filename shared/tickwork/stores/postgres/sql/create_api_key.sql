-- At most two active keys of one name: the old and the new one of a rotation.
with made as (
  insert into tickwork.api_keys (id, name, role, prefix, hash, created_by, expires_at)
  select gen_random_uuid(), %(name)s, %(role)s, %(prefix)s, %(hash)s, %(actor)s, now() + make_interval(days => %(days)s)
  where (
    select count(*) from tickwork.api_keys
    where name = %(name)s and revoked_at is null and (expires_at is null or expires_at > now())
  ) < 2
  returning id, name, role, prefix, created_at, created_by, expires_at, last_used_at, revoked_at
), audited as (
  insert into tickwork.audit (actor, via, action, detail, request_id)
  select %(actor)s, %(via)s, 'key.create', jsonb_build_object('key', id, 'name', name, 'role', role), %(request_id)s
  from made
)
select * from made
