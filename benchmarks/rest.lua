-- Sends requests of a file, in random order, for wrk. Each line of the file has a method, a path and
-- a body, separated by tabs. The second argument is the API key.
local requests = {}

function init(arguments)
  local headers = { ["Content-Type"] = "application/json", ["x-api-key"] = arguments[2] }
  for text in io.lines(arguments[1]) do
    local method, path, body = text:match("^([^\t]*)\t([^\t]*)\t(.*)$")
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end

function request()
  return requests[math.random(#requests)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"median_ms":%f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
