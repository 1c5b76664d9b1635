-- Make taken ids ready again at once, first of their rank: their taker could not claim them.
-- KEYS 1 ready, 2 leased
-- ARGV id, id, …

local RANKS, READY = 1024, 8796093022208
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for _, id in ipairs(ARGV) do
  local expiry = redis.call('ZSCORE', KEYS[2], id)
  if expiry then
    redis.call('ZADD', KEYS[1], expiry % RANKS * READY, id)
    redis.call('ZREM', KEYS[2], id)
  end
end
