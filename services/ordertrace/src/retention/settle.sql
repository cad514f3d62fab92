-- Keeps what the events of these orders came to, of those that are settled and have had no event
-- since: the ones that were delivered and kept, and the ones that were called off, with the money
-- back and no goods on their way. An order that is damaged or still under way is not among them.
-- $1: the orders, as JSON; $2 is that of orders.sql; $3: the newest fact that is old enough.
WITH live AS NOT MATERIALIZED (
    SELECT facts.* FROM facts WHERE order_key IN (SELECT order_key FROM {given}) AND id <= $3
), reopened AS NOT MATERIALIZED (
    SELECT * FROM settled_orders WHERE order_key IN (SELECT order_key FROM {given})
), {orders}, settled AS (
    SELECT * FROM whole
    WHERE payments <= 1 AND deliveries <= 1
    AND (ordered = 1 AND cancelled = 0 AND charges = 1 AND void = 0 AND sent = 1 AND recalled = 0
         OR (void = 1 AND ordered + cancelled > 0 OR payments = 0 AND ordered = 0 AND cancelled = 1)
            AND sent * (1 - recalled) = 0)
    AND NOT EXISTS (SELECT 1 FROM facts WHERE facts.order_key = whole.order_key AND facts.id > $3)
)
INSERT INTO settled_orders (order_key, ordered, cancelled, payment_id, cost, taken, void,
                            delivery_id, sent, recalled, out_of_order, events)
SELECT settled.order_key, ordered, cancelled, payment_id, cost, charges, void,
       delivery_id, sent, recalled, COALESCE(out_of_order, 0),
       (SELECT COUNT(*) FROM live WHERE live.order_key = settled.order_key)
FROM settled LEFT JOIN overtaken ON overtaken.order_key = settled.order_key
WHERE true
ON CONFLICT (order_key) DO UPDATE SET
    ordered = excluded.ordered, cancelled = excluded.cancelled, payment_id = excluded.payment_id,
    cost = excluded.cost, taken = excluded.taken, void = excluded.void,
    delivery_id = excluded.delivery_id, sent = excluded.sent, recalled = excluded.recalled,
    out_of_order = settled_orders.out_of_order + excluded.out_of_order,
    events = settled_orders.events + excluded.events
RETURNING order_key
