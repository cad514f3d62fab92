# shellcheck shell=sh
# Run by `helm test`: sh and curl are all there is. GATEWAY says where the gateway is.
say() { echo "$*"; }

answer=$(curl --silent --show-error --include --max-time 30 \
    --retry 20 --retry-delay 1 --retry-connrefused \
    --header 'Content-Type: application/json' \
    --data '{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}' \
    "$GATEWAY/orders" | tr -d '\r')
location=$(echo "$answer" | sed -n 's/^[Ll]ocation: //p')
[ -n "$location" ] || { say "no order was placed:"; say "$answer"; exit 1; }
id=${location##*/}
say "order $id is placed; its trace:"

last=
for _ in $(seq 120); do
    trace=$(curl --silent --max-time 5 "$GATEWAY/orderTraces/search/findByOrderId?OrderId=$id" || true)
    status=$(echo "$trace" | sed -n 's/.*"status" *: *"\([^"]*\)".*/\1/p' | head -n 1)
    [ "$status" = "$last" ] || say "  $status"
    last=$status
    [ "$status" != "DELIVERY START" ] || { say "sent: the fleet works"; exit 0; }
    sleep 0.5
done
say "the goods are not sent after a minute; the trace says: $trace"
exit 1
