"""
The Lua scripts of the log in Redis. Each is one step that no other client comes between.

An instance has three keys (redis_keys.py), which every script gets as KEYS:

head  hash    format: of these keys, "1";
              epoch, version, id: the newest position;
              base, base_id: the position just before the oldest entry that is kept;
              snapshot_version, snapshot_id, schema, state: the newest snapshot, ``state`` encoded;
              forgotten: ids of versions up to this one are no longer known;
              marks: "<ms>:<version> ...", what the newest version was at some moments of Redis's clock;
              ticket, ticket_until: the id of a commit that lost too often and goes first until then (ms)
log   stream  <version>-0: id, entry (encoded). Redis itself refuses a version that is not behind the last
ids   zset    id of an entry: its version

Lua in Redis is atomic but takes nothing back: when a command fails half-way, what was written before it stays. So every
script first looks at all it needs, then writes, and its first write is one that Redis refuses when memory is full.

An instance is **whole** when its head is there, and with its first entry the other two. What is not whole (a key was
deleted or evicted) counts as lost: it is read as not there, and made anew by whoever creates it. Keys of another type
are somebody else's: they are reported and never touched.

Every answer but that of HEAD is a list that begins with a word; redis_operations.py reads them. Nothing newer than
Redis 6.2 is used.
"""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Script:
    """A script, and the name under which Redis keeps it once it has seen it."""

    source: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


_OPEN = """
local head, log, ids = KEYS[1], KEYS[2], KEYS[3]
local kinds = {}
for index, kind in ipairs({'hash', 'stream', 'zset'}) do
  kinds[index] = redis.call('TYPE', KEYS[index])['ok']
  if kinds[index] ~= kind and kinds[index] ~= 'none' then
    return {'taken', KEYS[index], kinds[index]}
  end
end
local format, epoch, version, id, base, base_id = unpack(
  redis.call('HMGET', head, 'format', 'epoch', 'version', 'id', 'base', 'base_id'))
if kinds[1] == 'hash' and format ~= '1' then
  return {'foreign', head, format or ''}
end
local is_whole = epoch and tonumber(version) and tonumber(base)
  and (version == '0' or (kinds[2] == 'stream' and kinds[3] == 'zset'))
"""

# ``idle`` in ms; 0: kept for ever. Errors are let pass, so that one who may only read can read.
_RENEW = """
local function renew(idle)
  local left = redis.call('PTTL', head)
  if idle > 0 and (left < idle * 0.9 or left > idle or kinds[2] == 'none') then
    for index = 1, 3 do redis.pcall('PEXPIRE', KEYS[index], idle) end
  elseif idle == 0 and left >= 0 then
    for index = 1, 3 do redis.pcall('PERSIST', KEYS[index]) end
  end
end
"""

# At most ``limit`` entries behind a position; nil when the log does not contain it: a version that was trimmed or is yet
# to come has no id.
_ENTRIES = """
local function id_at(wanted)
  if wanted == tonumber(base) then return base_id end
  local place = string.format('%d-0', wanted)
  local found = redis.call('XRANGE', log, place, place)
  return found[1] and found[1][2][2]
end
local function entries_after(after, after_id, limit)
  if after == version then
    if after_id == id then return {} end
    return nil
  end
  if id_at(tonumber(after)) ~= after_id then return nil end
  return redis.call('XRANGE', log, '(' .. after .. '-0', '+', 'COUNT', limit)
end
"""

_LOADED = """
local snapshot, snapshot_id, schema, state = unpack(
  redis.call('HMGET', head, 'snapshot_version', 'snapshot_id', 'schema', 'state'))
local entries = entries_after(snapshot, snapshot_id, LIMIT)
if not entries then return {'gap', snapshot} end
return {'loaded', epoch, snapshot, snapshot_id, schema, state, entries}
"""

# ARGV: idle, limit
LOAD = Script(
    _OPEN
    + _RENEW
    + _ENTRIES
    + """
if not is_whole then return {'none'} end
renew(tonumber(ARGV[1]))
"""
    + _LOADED.replace("LIMIT", "ARGV[2]")
)

# ARGV: idle, limit, new epoch, schema, state
CREATE = Script(
    _OPEN
    + _RENEW
    + _ENTRIES
    + """
if not is_whole then
  redis.call('HSET', head, 'format', '1', 'epoch', ARGV[3], 'version', '0', 'id', '', 'base', '0', 'base_id', '',
    'snapshot_version', '0', 'snapshot_id', '', 'schema', ARGV[4], 'state', ARGV[5], 'forgotten', '0', 'marks', '')
  redis.call('HDEL', head, 'ticket', 'ticket_until')
  redis.call('DEL', log, ids)
  renew(tonumber(ARGV[1]))
  return {'created'}
end
renew(tonumber(ARGV[1]))
"""
    + _LOADED.replace("LIMIT", "ARGV[2]")
)

# ARGV: idle, limit, epoch, version and id of the position to follow,
#       the version at which the first id was first asked for (-1: another epoch; "": now), ticket wanted (ms, 0: no),
#       then version, id and entry of each. All of them are written, or none; no id may be among them twice.
APPEND = Script(
    _OPEN
    + _RENEW
    + _ENTRIES
    + """
if not is_whole or epoch ~= ARGV[3] then return {'elsewhere'} end

for index = 9, #ARGV, 3 do
  local known = redis.call('ZSCORE', ids, ARGV[index])
  if known then
    local place = string.format('%d-0', known)
    return {'repeated', ARGV[index], known, redis.call('XRANGE', log, place, place)}
  end
end
local forgotten, ticket, ticket_until = unpack(redis.call('HMGET', head, 'forgotten', 'ticket', 'ticket_until'))
if ARGV[6] ~= '' and tonumber(ARGV[6]) < tonumber(forgotten) then return {'forgotten'} end

local wanted, now = tonumber(ARGV[7]), 0
if ticket or wanted > 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
  if ticket and now >= tonumber(ticket_until) then ticket = false end
end
if version ~= ARGV[4] or id ~= ARGV[5] then
  local missing = entries_after(ARGV[4], ARGV[5], ARGV[2])
  if not missing then return {'elsewhere'} end
  if wanted > 0 and not ticket then
    redis.pcall('HSET', head, 'ticket', ARGV[9], 'ticket_until', string.format('%.0f', now + wanted))
  end
  return {'behind', missing}
end
if ticket and ticket ~= ARGV[9] then return {'wait', tonumber(ticket_until) - now} end

-- Once the first is in, nothing stops the others: Redis looks at its memory before a script has written.
local added = redis.pcall('XADD', log, ARGV[8] .. '-0', 'id', ARGV[9], 'entry', ARGV[10])
if type(added) == 'table' and added['err'] then
  if string.find(added['err'], 'equal or smaller', 1, true) then return {'gap', ARGV[8]} end
  return added
end
redis.call('ZADD', ids, ARGV[8], ARGV[9])
for index = 11, #ARGV, 3 do
  redis.call('XADD', log, ARGV[index] .. '-0', 'id', ARGV[index + 1], 'entry', ARGV[index + 2])
  redis.call('ZADD', ids, ARGV[index], ARGV[index + 1])
end
redis.call('HSET', head, 'version', ARGV[#ARGV - 2], 'id', ARGV[#ARGV - 1])
if ticket_until then redis.call('HDEL', head, 'ticket', 'ticket_until') end
renew(tonumber(ARGV[1]))
return {'appended'}
"""
)

# ARGV: limit, epoch, version, id
READ = Script(
    _OPEN
    + _ENTRIES
    + """
if not is_whole or epoch ~= ARGV[2] then return {'elsewhere'} end
local entries = entries_after(ARGV[3], ARGV[4], ARGV[1])
if not entries then return {'elsewhere'} end
return {'entries', entries}
"""
)

# ARGV: ids
FIND = Script(
    _OPEN
    + """
if not is_whole then return {'unknown'} end
for _, wanted in ipairs(ARGV) do
  local known = redis.call('ZSCORE', ids, wanted)
  if known then return {'found', known} end
end
return {'unknown'}
"""
)

# ARGV: epoch, version, id
CONTAINS = Script(
    _OPEN
    + """
if not is_whole or epoch ~= ARGV[1] then return {'no'} end
local wanted = tonumber(ARGV[2])
if wanted == 0 then return {'yes'} end
if tonumber(redis.call('ZSCORE', ids, ARGV[3]) or 0) == wanted then return {'yes'} end
if wanted <= tonumber(redis.call('HGET', head, 'forgotten')) then return {'unknown'} end
return {'no'}
"""
)

# ARGV: limit
HISTORY = Script(
    _OPEN
    + """
if not is_whole then return {'entries', '', {}} end
return {'entries', epoch, redis.call('XREVRANGE', log, '+', '-', 'COUNT', ARGV[1])}
"""
)

# ARGV: idle. One text, since it is asked for a thousand instances at once; an epoch has no spaces.
HEAD = Script(
    _OPEN
    + _RENEW
    + """
if not is_whole then return {'none'} end
renew(tonumber(ARGV[1]))
return epoch .. ' ' .. version .. ' ' .. id
"""
)

# ARGV: idle, epoch, version, id, schema, state, entries to keep at least, how long to know ids (ms)
SAVE_SNAPSHOT = Script(
    _OPEN
    + _RENEW
    + _ENTRIES
    + """
if not is_whole or epoch ~= ARGV[2] then return {'elsewhere'} end
local snapshot, forgotten, marks = unpack(redis.call('HMGET', head, 'snapshot_version', 'forgotten', 'marks'))
local new, newest = tonumber(ARGV[3]), tonumber(version)
if new <= tonumber(snapshot) then return {'older'} end
if id_at(new) ~= ARGV[4] then return {'elsewhere'} end
local last = math.min(new, newest - tonumber(ARGV[7]))
local last_id = last > tonumber(base) and id_at(last)

redis.call('HSET', head, 'snapshot_version', ARGV[3], 'snapshot_id', ARGV[4], 'schema', ARGV[5], 'state', ARGV[6])
if last_id then
  redis.call('XTRIM', log, 'MINID', string.format('%d-0', last + 1))
  base = string.format('%d', last)
  redis.call('HSET', head, 'base', base, 'base_id', last_id)
end

-- An id is forgotten when its entry has gone and a mark behind its version is old enough.
local keep = tonumber(ARGV[8])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local newest_mark, due = 0, 0
for at, mark in string.gmatch(marks, '(%d+):(%d+)') do
  newest_mark = tonumber(at)
  if newest_mark <= now - keep then due = tonumber(mark) end
end
if keep == 0 then due = newest end
if now - newest_mark >= keep / 24 then
  marks = marks .. string.format(' %.0f:%d', now, newest)
end
due = math.min(due, tonumber(base))
-- In steps, since Redis does nothing else meanwhile; more than come in between two snapshots.
local count = math.min(redis.call('ZCOUNT', ids, '-inf', due), 2000)
if count > 0 then
  forgotten = redis.call('ZRANGE', ids, count - 1, count - 1, 'WITHSCORES')[2]
  redis.call('ZREMRANGEBYRANK', ids, 0, count - 1)
end
local kept = {}
for at, mark in string.gmatch(marks, '(%d+):(%d+)') do
  if tonumber(mark) > tonumber(forgotten) then kept[#kept + 1] = at .. ':' .. mark end
end
redis.call('HSET', head, 'forgotten', forgotten, 'marks', table.concat(kept, ' '))
renew(tonumber(ARGV[1]))
return {'saved'}
"""
)
