-- Have the next take ask for a comparison with the table. A shard that is new asks by itself, for all of it: it is left so.
-- KEYS 1 state
if redis.call('HEXISTS', KEYS[1], 'reconcile_at') == 1 then
  redis.call('HSET', KEYS[1], 'reconcile_at', 0)
end
return 0
