-- Put rows into the index that it does not hold anywhere, or holds too late; leave alone what is ready or leased.
-- Never later: a row was read a while ago, and who moved the job since has told the index already. What is too early is
-- not claimed, and goes back to its time.
-- KEYS 1 where they go: scheduled, or leased for running ones; 2 ready, 3 leased
-- ARGV score, id, score, id, …   scores as in `scheduled`
-- Returns how many were added or moved.

local RANKS, DAY = 1024, 86400000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A lease that ends more than a day from now is no lease of ours: a clock jumped, or somebody wrote garbage.
local function leased(id)
  local expiry = redis.call('ZSCORE', KEYS[3], id)
  if not expiry or expiry / RANKS <= now + DAY then
    return expiry
  end
  redis.call('ZREM', KEYS[3], id)
  return false
end

local changed = 0
for i = 1, #ARGV, 2 do
  local score, id = ARGV[i], ARGV[i + 1]
  if not redis.call('ZSCORE', KEYS[2], id) and not leased(id) then
    changed = changed + redis.call('ZADD', KEYS[1], 'LT', 'CH', score, id)
  end
end
return changed
