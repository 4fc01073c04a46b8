-- Follows the links of the file LINKS, each thread from another place on; PACE a second of all threads together, or
-- as fast as it is answered where that is 0.
local ffi = require("ffi")
ffi.cdef [[ struct clock { long seconds; long nanos; }; int clock_gettime(int id, struct clock *at); ]]
local clock = ffi.new("struct clock")
local links = {}
local at = 0
local all = {}
local pace = tonumber(os.getenv("PACE")) / 2
local turn = 0

-- How many came so many whole milliseconds after their turn is in late1, late2, …: of a thread only globals are seen.
local LATE_MAX = 2000
asked = 0

function setup(thread)
  all[#all + 1] = thread
  thread:set("number", #all)
end

function init(args)
  for line in io.lines(os.getenv("LINKS")) do links[#links + 1] = wrk.format("GET", line) end
  at = (number - 1) * math.floor(#links / 2)
end

function request()
  at = at % #links + 1
  return links[at]
end

if pace > 0 then
  -- Turns are fixed beforehand: what waits for an answer does not move them, and a turn that was missed is asked at once.
  function delay()
    ffi.C.clock_gettime(1, clock)
    local now = tonumber(clock.seconds) * 1000 + tonumber(clock.nanos) / 1000000
    turn = turn == 0 and now or turn + 1000 / pace
    asked = asked + 1
    if turn >= now then return math.floor(turn - now) end
    local name = "late" .. math.min(math.floor(now - turn), LATE_MAX)
    _G[name] = (_G[name] or 0) + 1
    return 0
  end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("p50 %.1f ms, p99 %.1f ms, most %.1f ms\n", latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000))
  if pace > 0 then
    local turns, of, late = 0, {}, 0
    for _, thread in ipairs(all) do turns = turns + thread:get("asked") end
    for by = 1, LATE_MAX do
      of[by] = 0
      for _, thread in ipairs(all) do of[by] = of[by] + (thread:get("late" .. by) or 0) end
      late = late + of[by]
    end
    local p99, most, left = 0, 0, turns / 100
    for by = LATE_MAX, 1, -1 do
      if of[by] > 0 and most == 0 then most = by end
      left = left - of[by]
      if left < 0 and p99 == 0 then p99 = by end
    end
    io.write(string.format("a millisecond or more after their turn: %.2f %%, p99 %d ms, most %d ms\n", 100 * late / turns, p99, most))
  end
  io.write(string.format("done %d errors %d\n", summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout))
end
