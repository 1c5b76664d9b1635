-- One tick's look at the index: rescue expired leases, promote what has become due, lease the best to the caller.
-- KEYS 1 scheduled  id → due_ms * 1024 + rank            (rank = 511 - priority: lower is better)
--      2 ready      id → (due_ms + rank * step) * 1024 + rank: a step of priority is worth so much waiting
--      3 leased     id → expiry_ms * 1024 + rank
--      4 state      hash: ticked_at ms, reconcile_at ms
-- ARGV 1 limit      how many ids at most
--      2 lease      ms until a taken id may be taken again
--      3 promote    how many due ids to move per call at most, so that one call stays short
--      4 reconcile  ms between two looks at the table
--      5 step       ms
--      6 early      ms before it is due that a job is promoted, since it takes a while to its handler
-- Returns {now_µs, next_due_ms or -1, reconcile (0 no, 1 due soon, 2 everything: the index is new), ids, stranger, …}:
--         the ids one after another, 16 bytes each, and whatever else was among the members
-- Adds before it removes: a server out of memory refuses the first write and nothing is half moved.

local scheduled, ready, leased, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local limit, lease, promote, reconcile_every = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local step, early = tonumber(ARGV[5]), tonumber(ARGV[6])
local RANKS = 1024
local ID = 16
local CHUNK = 1000 -- unpack fails near 8,000 values

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Infinity, which only strangers write, has no rank: a remainder that is no number would make every take fail.
local function rank_of(score)
  local rank = score % RANKS
  return rank == rank and rank or 0
end

-- What was taken before (`again`) goes first: it has waited longest, and behind a backlog its recovery would take as
-- long as the backlog does.
local function move_due(from, count, again)
  local until_ms = again and now or now + early
  local due = redis.call('ZRANGEBYSCORE', from, '-inf', until_ms * RANKS + RANKS - 1, 'WITHSCORES', 'LIMIT', 0, count)
  for first = 1, #due, 2 * CHUNK do
    local add, last = {}, math.min(first + 2 * CHUNK - 1, #due)
    for i = first, last, 2 do
      local rank = rank_of(due[i + 1])
      add[#add + 1] = again and rank or due[i + 1] + rank * step * RANKS
      add[#add + 1] = due[i]
    end
    redis.call('ZADD', ready, unpack(add))
  end
  if #due > 0 then
    redis.call('ZREMRANGEBYRANK', from, 0, #due / 2 - 1)
  end
end

local function lease_best(count)
  local best = redis.call('ZRANGE', ready, 0, count - 1, 'WITHSCORES')
  local ids, strangers = {}, {}
  for first = 1, #best, 2 * CHUNK do
    local add, last = {}, math.min(first + 2 * CHUNK - 1, #best)
    for i = first, last, 2 do
      add[#add + 1] = (now + lease) * RANKS + rank_of(best[i + 1])
      add[#add + 1] = best[i]
      local to = #best[i] == ID and ids or strangers
      to[#to + 1] = best[i]
    end
    redis.call('ZADD', leased, unpack(add))
  end
  if #best > 0 then
    redis.call('ZREMRANGEBYRANK', ready, 0, #best / 2 - 1)
  end
  return ids, strangers
end

-- Where as many were taken as asked for, more may be due now.
local function next_due(taken)
  if taken > 0 and taken >= limit then
    return now
  end
  local first = redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
  return first[2] and math.floor(first[2] / RANKS) or -1
end

local function reconcile()
  local at = redis.call('HGET', state, 'reconcile_at')
  local due = at and tonumber(at)
  if due and due > now and due <= now + reconcile_every then -- further ahead is a clock that jumped, or garbage
    return 0
  end
  redis.call('HSET', state, 'reconcile_at', now + reconcile_every)
  return at and 1 or 2
end

redis.call('HSET', state, 'ticked_at', now)
move_due(leased, promote, true)
move_due(scheduled, promote, false)
local ids, strangers = lease_best(limit)
local next_at = next_due(#ids + #strangers)
local reply = { time[1] * 1000000 + time[2], next_at, reconcile(), table.concat(ids) }
for _, stranger in ipairs(strangers) do
  reply[#reply + 1] = stranger
end
return reply
