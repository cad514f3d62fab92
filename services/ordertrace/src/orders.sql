-- What each order's events come to: `whole`, one row an order. It reads `live`, which are facts, and
-- `reopened`, which are settled orders among theirs: what was removed of those counts as if it were
-- there, and whatever comes twice counts once. Clients choose what an order costs, up to 2^63 - 1, and
-- two of those are more than SQLite adds up: so the upper and the lower 32 bits of each cost are added
-- up apart. $2: 1 if nothing is taken once it was given back, 0
-- if that has to be looked at.
noted AS NOT MATERIALIZED (
    SELECT order_key, event_id, event_type, stage, heard_at, payment_id, cost, delivery_id FROM live
    UNION ALL SELECT order_key, '', 'Ordered', 0, 0, NULL, NULL, NULL
    FROM reopened WHERE ordered = 1
    UNION ALL SELECT order_key, '', 'OrderCancelled', 4, 0, NULL, NULL, NULL
    FROM reopened WHERE cancelled = 1
    UNION ALL SELECT order_key, '', 'Paid', 1 + taken, 0, payment_id, cost, NULL
    FROM reopened WHERE payment_id IS NOT NULL
    -- After the one above, and before all that come now.
    UNION ALL SELECT order_key, '0', 'PayCancelled', 5, 0, payment_id, cost, NULL
    FROM reopened WHERE void = 1
    UNION ALL SELECT order_key, '', 'Delivered', 3, 0, NULL, NULL, delivery_id
    FROM reopened WHERE sent = 1
    UNION ALL SELECT order_key, '', 'DeliveryCancelled', 6, 0, NULL, NULL, delivery_id
    FROM reopened WHERE recalled = 1
), each_payment AS (
    SELECT order_key, payment_id, MAX(COALESCE(cost, 0)) AS cost,
           MAX(CASE WHEN event_type = 'Paid' AND stage = 2 THEN 1 ELSE 0 END) AS taken,
           -- What was taken after it was given back is kept: identities sort by time, if the
           -- clocks of those who told agree.
           CASE WHEN MAX(CASE WHEN event_type = 'PayCancelled' THEN event_id END)
                     > CASE WHEN $2 = 1 THEN '' ELSE COALESCE(
                         MAX(CASE WHEN event_type = 'Paid' AND stage = 2 THEN event_id END), '') END
                THEN 1 ELSE 0 END AS void
    FROM noted WHERE payment_id IS NOT NULL GROUP BY order_key, payment_id
), payments AS (
    SELECT order_key, payment_id, cost, taken, void,
           cost >> 32 AS upper_cost, cost & 4294967295 AS lower_cost
    FROM each_payment
), money AS (
    SELECT order_key, COUNT(*) AS payments, MAX(payment_id) AS payment_id, MAX(cost) AS cost,
           SUM(taken) AS charges, SUM(taken * (1 - void)) AS kept_charges, MIN(void) AS void,
           SUM(upper_cost * taken) AS upper_taken, SUM(lower_cost * taken) AS lower_taken,
           SUM(upper_cost * taken * (1 - void)) AS upper_kept,
           SUM(lower_cost * taken * (1 - void)) AS lower_kept,
           SUM(upper_cost * (1 - taken) * (1 - void)) AS upper_owed,
           SUM(lower_cost * (1 - taken) * (1 - void)) AS lower_owed
    FROM payments GROUP BY order_key
), events AS (
    SELECT order_key, MAX(heard_at) AS latest,
           MAX(CASE WHEN event_type = 'Ordered' THEN 1 ELSE 0 END) AS ordered,
           MAX(CASE WHEN event_type = 'OrderCancelled' THEN 1 ELSE 0 END) AS cancelled,
           MAX(CASE WHEN event_type = 'Delivered' THEN 1 ELSE 0 END) AS sent,
           MAX(CASE WHEN event_type = 'DeliveryCancelled' THEN 1 ELSE 0 END) AS recalled,
           COUNT(DISTINCT CASE WHEN event_type = 'Delivered' THEN delivery_id END) AS deliveries,
           MAX(delivery_id) AS delivery_id
    FROM noted GROUP BY order_key
), whole AS (
    SELECT events.order_key, latest, ordered, cancelled, sent, recalled, deliveries, delivery_id,
           COALESCE(payments, 0) AS payments, payment_id, COALESCE(cost, 0) AS cost,
           COALESCE(charges, 0) AS charges, COALESCE(kept_charges, 0) AS kept_charges,
           COALESCE(void, 0) AS void,
           upper_taken, lower_taken, upper_kept, lower_kept, upper_owed, lower_owed
    FROM events LEFT JOIN money ON money.order_key = events.order_key
), heard AS (
    -- What each fact came after, among those of one teller about the same thing.
    SELECT order_key, stage, occurred_at,
           MAX(stage) OVER earlier AS stage_before, MAX(occurred_at) OVER earlier AS told_before
    FROM live WINDOW earlier AS (
        PARTITION BY order_key, payment_id, delivery_id,
                     CASE WHEN event_type IN ('Ordered', 'OrderCancelled') THEN 1 ELSE 0 END
        ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), overtaken AS (
    SELECT order_key, COUNT(*) AS out_of_order FROM heard
    WHERE stage_before > stage AND told_before >= occurred_at GROUP BY order_key
)
