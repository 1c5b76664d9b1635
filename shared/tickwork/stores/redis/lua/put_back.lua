-- Make taken ids ready again at once, before all others: their taker could not claim them.
-- KEYS 1 ready, 2 leased
-- ARGV id, id, …

local RANKS = 1024

for _, id in ipairs(ARGV) do
  local expiry = redis.call('ZSCORE', KEYS[2], id)
  if expiry then
    local rank = expiry % RANKS
    redis.call('ZADD', KEYS[1], rank == rank and rank or 0, id) -- infinity has none
    redis.call('ZREM', KEYS[2], id)
  end
end
