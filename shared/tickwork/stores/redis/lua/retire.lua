-- Drop a shard of the index that no tick has looked at for long: their number was changed.
-- KEYS 1 state, then everything else that goes
-- ARGV 1 silence  ms
-- Returns 1 when it is gone, 0 while somebody uses it.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = tonumber(redis.call('HGET', KEYS[1], 'ticked_at') or 0) or 0
if at > now - tonumber(ARGV[1]) and at <= now then
  return 0
end
redis.call('UNLINK', unpack(KEYS))
return 1
