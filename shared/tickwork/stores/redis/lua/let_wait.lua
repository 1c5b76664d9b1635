-- Let jobs wait until they are due, and say so to whoever listens. What is due already goes where take.lua would move it:
-- one move less for a job that is to run at once, and none through a set that millions of later ones wait in.
-- One argument for all of them: reading ten thousand arguments costs both sides more than cutting up one.
-- KEYS 1 scheduled, 2 ready: see take.lua
-- ARGV 1 the scores and ids, one after another: 16 digits, 16 bytes
--      2 the channel that rings
--      3 step       ms

local scheduled, ready, step = KEYS[1], KEYS[2], tonumber(ARGV[3])
local SCORE, ENTRY = 16, 32
local RANKS = 1024
local CHUNK = 1000 -- unpack fails near 8,000 values

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Most of a batch are due at the same time: what is known of a score is asked again at once.
local latest, key, score
local function place(digits)
  if digits ~= latest then
    local number = tonumber(digits)
    local due = number < (now + 1) * RANKS
    latest, key = digits, due and ready or scheduled
    score = due and number + number % RANKS * step * RANKS or digits
  end
  return key, score
end

local entries = ARGV[1]
for first = 1, #entries, CHUNK * ENTRY do
  local add = { [scheduled] = {}, [ready] = {} }
  for at = first, math.min(first + CHUNK * ENTRY, #entries + 1) - ENTRY, ENTRY do
    local to, number = place(entries:sub(at, at + SCORE - 1))
    local some = add[to]
    some[#some + 1] = number
    some[#some + 1] = entries:sub(at + SCORE, at + ENTRY - 1)
  end
  for to, some in pairs(add) do
    if #some > 0 then
      redis.call('ZADD', to, unpack(some))
    end
  end
end
redis.call('PUBLISH', ARGV[2], '')
