-- KEYS: what is limited. ARGV: of each key the burst and the interval in microseconds.
-- A double holds microseconds since 1970 exactly until the year 2255.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local wait = 0
local earned = {}
for i, key in ipairs(KEYS) do
  local burst, interval = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  earned[i] = math.max(tonumber(redis.call('GET', key) or now), now) + interval
  wait = math.max(wait, earned[i] - burst * interval - now)
end
if wait > 0 then
  return wait
end
for i, key in ipairs(KEYS) do
  local lifetime = math.max(1, math.ceil((earned[i] - now) / 1000))
  redis.call('SET', key, string.format('%.0f', earned[i]), 'PX', lifetime)
end
return 0
