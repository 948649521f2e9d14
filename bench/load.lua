-- One command per request to one of PRODUCTS products, each with a key of its own.
-- wrk … -s load.lua URL -- PRODUCTS RUN, or for the bare request: -- noop
local products, run, sent = 0, '', 0

function init(args)
  if args[1] == 'noop' then
    local get = wrk.format('GET', '/health')
    request = function() return get end
    return
  end
  products, run = tonumber(args[1]), args[2]
  math.randomseed(1)
end

function request()
  sent = sent + 1
  local path = '/v1/commands/product/p-' .. math.random(1, products) .. '/ReceiveStock'
  local key = run .. '-' .. sent
  local headers = { ['content-type'] = 'application/json', ['idempotency-key'] = key }
  return wrk.format('POST', path, headers, '{"quantity":3}')
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"non2xx":%d,"broken":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
