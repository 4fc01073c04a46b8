-- Follows the links of the file LINKS, each thread from another place on.
local links = {}
local at = 0
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  for line in io.lines(os.getenv("LINKS")) do links[#links + 1] = wrk.format("GET", line) end
  at = (number - 1) * math.floor(#links / 2)
end

function request()
  at = at % #links + 1
  return links[at]
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("p50 %.1f ms, p99 %.1f ms, most %.1f ms\n", latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000))
  io.write(string.format("done %d errors %d\n", summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout))
end
