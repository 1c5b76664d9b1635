with ended as (
  update tickwork.api_keys set revoked_at = now()
  where id = %(id)s and revoked_at is null
  returning id, name, role
), audited as (
  insert into tickwork.audit (actor, via, action, detail, request_id)
  select %(actor)s, %(via)s, 'key.revoke', jsonb_build_object('key', id, 'name', name, 'role', role), %(request_id)s
  from ended
)
select id from ended
