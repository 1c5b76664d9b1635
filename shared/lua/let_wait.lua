-- Let jobs wait until they are due, and say so to whoever listens. One argument for all of them: reading ten thousand
-- arguments costs both sides more than cutting up one.
-- KEYS 1 scheduled
-- ARGV 1 the scores and ids, one after another: 16 digits, 16 bytes
--      2 the channel that rings

local SCORE, ENTRY = 16, 32
local CHUNK = 1000 -- unpack fails near 8,000 values

local entries = ARGV[1]
for first = 1, #entries, CHUNK * ENTRY do
  local add = {}
  for at = first, math.min(first + CHUNK * ENTRY, #entries + 1) - ENTRY, ENTRY do
    add[#add + 1] = entries:sub(at, at + SCORE - 1)
    add[#add + 1] = entries:sub(at + SCORE, at + ENTRY - 1)
  end
  redis.call('ZADD', KEYS[1], unpack(add))
end
redis.call('PUBLISH', ARGV[2], '')
