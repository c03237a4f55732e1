"""
The Lua scripts of claims in Redis, in the manner of redis_scripts.py.

A sender has one key, a hash, which goes when nothing was heard of it for as long as a page may be away:

format  of this hash, "1";
newest  the highest number of an event;
<seq>   "c<ms>:<claimant>": claimed until that moment of Redis's clock;
        "o<outcome>": ended, with the outcome as it was recorded;
        "u": lost

Times are those of Redis alone. A hash has at most a hundred events more than are known.
"""

from .redis_scripts import Script

# ARGV of both: seq, claimant, ms that the hash stays, events that are known
_OPEN = """
local events, seq, claimant = KEYS[1], ARGV[1], ARGV[2]
local kind = redis.call('TYPE', events)['ok']
if kind ~= 'hash' and kind ~= 'none' then return {'taken', events, kind} end
local format, newest, known = unpack(redis.call('HMGET', events, 'format', 'newest', seq))
if kind == 'hash' and format ~= '1' then return {'foreign', events, format or ''} end
newest = tonumber(newest or 0)
local oldest = newest - tonumber(ARGV[4])
if not known and tonumber(seq) <= oldest then return {'lost'} end

local function keep(value)
  if tonumber(seq) > newest then
    redis.call('HSET', events, 'format', '1', 'newest', seq, seq, value)
    oldest = tonumber(seq) - tonumber(ARGV[4])
  else
    redis.call('HSET', events, seq, value)
  end
  redis.call('PEXPIRE', events, ARGV[3])
  if redis.call('HLEN', events) > tonumber(ARGV[4]) + 100 then
    for _, field in ipairs(redis.call('HKEYS', events)) do
      local number = tonumber(field)
      if number and number <= oldest then redis.call('HDEL', events, field) end
    end
  end
end
"""

# ARGV further: ms that the claim holds
CLAIM = Script(
    _OPEN
    + """
local state = known and string.sub(known, 1, 1)
if state == 'o' then return {'ended', string.sub(known, 2)} end
if state == 'u' then return {'lost'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if known then
  local ends, owner = string.match(known, '^c(%d+):(.*)$')
  if owner ~= claimant then
    if ends and now < tonumber(ends) then return {'running'} end
    keep('u')
    return {'lost'}
  end
end
keep('c' .. string.format('%.0f', now + tonumber(ARGV[5])) .. ':' .. claimant)
return {'granted'}
"""
)

# ARGV further: outcome
RECORD = Script(
    _OPEN
    + """
if known and string.match(known, '^c%d+:(.*)$') ~= claimant then return {'kept'} end
keep('o' .. ARGV[5])
return {'recorded'}
"""
)
