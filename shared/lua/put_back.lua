-- Make taken ids ready again at once, before all others: their taker could not claim them.
-- KEYS 1 ready, 2 leased
-- ARGV id, id, …

local RANKS = 1024

for _, id in ipairs(ARGV) do
  local expiry = redis.call('ZSCORE', KEYS[2], id)
  if expiry then
    redis.call('ZADD', KEYS[1], expiry % RANKS, id)
    redis.call('ZREM', KEYS[2], id)
  end
end
