wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}'
