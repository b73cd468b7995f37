wrk.method = "POST"
wrk.body = '{"inputs": ["a text of the usual length, about sixty characters"]}'
wrk.headers["Content-Type"] = "application/json"
