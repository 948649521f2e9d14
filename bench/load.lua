-- Makes the requests of one kind for wrk, and counts the answers that have another status.
-- wrk … -s load.lua URL -- KIND STATUS PRODUCTS RUN ETAG AUTHORIZATION
local kinds = {}
local threads = {}
local products, run, etag, authorization

-- One byte more than the product takes.
local OVERSIZED = string.rep(' ', 1048577)
local BATCH_LINES = 100

local function command(id, name, key, data)
  local headers = {
    ['content-type'] = 'application/json', ['idempotency-key'] = key, authorization = authorization,
  }
  return wrk.format('POST', '/v1/commands/product/' .. id .. '/' .. name, headers, data)
end

local function always(made)
  return function() return made end
end

function kinds.health() return always(wrk.format('GET', '/health')) end
function kinds.repeated() return always(command('p-1', 'ReceiveStock', 'k', '{"quantity":3}')) end
function kinds.invalid() return always(command('p-1', 'ReceiveStock', 'k', '{"quantity":0}')) end
function kinds.oversized() return always(command('p-1', 'ReceiveStock', 'k', OVERSIZED)) end

-- One command to one of the products, with a key of its own.
function kinds.command()
  return function(sent)
    local id = 'p-' .. math.random(1, products)
    return command(id, 'ReceiveStock', run .. '-' .. sent, '{"quantity":3}')
  end
end

-- The first command of an aggregate that does not exist yet.
function kinds.fresh()
  return function(sent)
    local id = run .. '-' .. sent
    return command(id, 'RegisterProduct', id, '{"name":"Chai","priceCents":1800}')
  end
end

-- Many commands to one product in one request, each with a key of its own.
function kinds.batch()
  local line = '{"aggregate":"product","id":"p-1","command":"ReceiveStock","data":{"quantity":3},"idempotencyKey":"%s-%d-%d"}'
  local headers = { ['content-type'] = 'application/x-ndjson' }
  return function(sent)
    local lines = {}
    for number = 1, BATCH_LINES do lines[number] = line:format(run, sent, number) end
    return wrk.format('POST', '/v1/commands', headers, table.concat(lines, '\n'))
  end
end

-- What is answered of one of the products: its row in a read model, or its state.
local function reading(path)
  return function() return wrk.format('GET', path .. math.random(1, products)) end
end

function kinds.row() return reading('/v1/queries/products/p-') end
function kinds.state() return reading('/v1/aggregates/product/p-') end

function kinds.unchanged()
  return always(wrk.format('GET', '/v1/queries/products/p-1', { ['if-none-match'] = etag }))
end

function setup(thread) table.insert(threads, thread) end

function init(args)
  local status = tonumber(args[2])
  products, run, etag = tonumber(args[3]), args[4], args[5]
  if args[6] ~= '' then authorization = args[6] end
  math.randomseed(1)
  local make, sent = kinds[args[1]](), 0
  unexpected = 0
  request = function()
    sent = sent + 1
    return make(sent)
  end
  response = function(answered)
    if answered ~= status then unexpected = unexpected + 1 end
  end
end

function done(summary, latency)
  local errors, unexpected = summary.errors, 0
  for _, thread in ipairs(threads) do unexpected = unexpected + thread:get('unexpected') end
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"unexpected":%d,"broken":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, unexpected,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
