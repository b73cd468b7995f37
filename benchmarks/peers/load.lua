-- wrk: sends the lines of a file as JSON, one a request, in turn.
local requests, at = {}, 0
local headers = {["Content-Type"] = "application/json"}

function init(arguments)
  for body in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
