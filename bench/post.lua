wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}'

-- Clients that think between their orders, PAUSE_MS on average.
local pause = tonumber(os.getenv("PAUSE_MS") or "0")
if pause > 0 then
    function delay()
        return math.random(0, 2 * pause)
    end
end
