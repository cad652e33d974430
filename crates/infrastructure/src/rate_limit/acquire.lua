-- KEYS: what is limited. ARGV: of each key the burst and the interval in microseconds.
-- Answers {0} and of each key in how many microseconds its last permit is earned; or how long
-- to wait, and for which key.
-- A double holds microseconds since 1970 exactly until the year 2255.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local wait, longest = 0, 0
local earned = {}
for i, key in ipairs(KEYS) do
  local burst, interval = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  earned[i] = math.max(tonumber(redis.call('GET', key) or now), now) + interval
  local ahead = earned[i] - burst * interval - now
  if ahead > wait then
    wait, longest = ahead, i
  end
end
if wait > 0 then
  return {wait, longest - 1}
end
local answer = {0}
for i, key in ipairs(KEYS) do
  local lifetime = math.max(1, math.ceil((earned[i] - now) / 1000))
  redis.call('SET', key, string.format('%.0f', earned[i]), 'PX', lifetime)
  answer[i + 1] = earned[i] - now
end
return answer
