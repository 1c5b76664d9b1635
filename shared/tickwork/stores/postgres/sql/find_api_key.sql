select id, name, role, hash, expires_at, extract(epoch from expires_at - now())::float8 as seconds_left,
  last_used_at is null or last_used_at < now() - interval '1 minute' as rested
from tickwork.api_keys
where prefix = %(prefix)s and revoked_at is null and (expires_at is null or expires_at > now())
