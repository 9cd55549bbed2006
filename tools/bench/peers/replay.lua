-- Sends prepared requests with wrk, one after another, and prints what wrk measured as JSON.
-- Arguments: a file of requests, each after a line with its length, and how many of them to skip.
-- After the last request it starts again with the first.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  requests = {}
  local file = assert(io.open(args[1], "rb"))
  while true do
    local length = file:read("*n")
    if length == nil then break end
    file:read(1)
    table.insert(requests, file:read(length))
  end
  file:close()
  skipped = tonumber(args[2] or "0")
  sent = 0
end

function request()
  sent = sent + 1
  return requests[(skipped + sent - 1) % #requests + 1]
end

function done(summary, latency)
  local total = 0
  for _, thread in ipairs(threads) do total = total + thread:get("sent") end
  local errors = summary.errors
  print(string.format(
    '{"answers":%d,"sent":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d,"refused":%d,"broken":%d}',
    summary.requests, total, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
