-- Put rows into the index that it does not hold anywhere; leave alone what is ready or leased.
-- KEYS 1 scheduled, 2 ready, 3 leased
-- ARGV score, id, score, id, …   scores as in `scheduled`
-- Returns how many were added or moved.

local changed = 0
for i = 1, #ARGV, 2 do
  local score, id = ARGV[i], ARGV[i + 1]
  if not redis.call('ZSCORE', KEYS[2], id) and not redis.call('ZSCORE', KEYS[3], id) then
    changed = changed + redis.call('ZADD', KEYS[1], 'CH', score, id)
  end
end
return changed
