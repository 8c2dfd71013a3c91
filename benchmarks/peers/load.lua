-- Sends requests of a file, in random order, for wrk. Each line of the file has an API key, a tab
-- and a body. #SERIAL# in a body becomes a text that no other request has: the second argument,
-- which differs in each run of wrk, and a number.
local requests, lines, run, serial = {}, {}, nil, 0
wrk.method, wrk.path = "POST", "/graphql"

local function format(key, body)
  local headers = { ["Content-Type"] = "application/json" }
  if key ~= "" then headers["x-api-key"] = key end
  return wrk.format(nil, nil, headers, body)
end

function init(arguments)
  run = arguments[2]
  for text in io.lines(arguments[1]) do
    local key, body = text:match("^([^\t]*)\t(.*)$")
    local before, after = body:match("^(.*)#SERIAL#(.*)$")
    lines[#lines + 1] = { key = key, before = before, after = after }
    if not before then requests[#lines] = format(key, body) end
  end
  math.randomseed(tonumber(run))
end

function request()
  local chosen = math.random(#lines)
  if requests[chosen] then return requests[chosen] end
  local line = lines[chosen]
  serial = serial + 1
  return format(line.key, line.before .. run .. "-" .. serial .. line.after)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"bytes":%d,"median_ms":%f,"p99_ms":%f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
