select id, name, role, prefix, created_at, created_by, expires_at, last_used_at, revoked_at
from tickwork.api_keys
order by created_at desc, id
limit 1000
