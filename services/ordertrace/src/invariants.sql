-- One row: what all facts together say. $1: effects of what was heard by then are due; $2: 1 if
-- nothing is taken once it was given back, 0 if that has to be looked at.
--
-- Clients choose what an order costs, up to 2^63 - 1, and two of those are more than SQLite adds up.
-- So the upper and the lower 32 bits of each cost are added up apart.
(WITH each_payment AS (
    SELECT order_key, MAX(COALESCE(cost, 0)) AS cost,
           MAX(CASE WHEN event_type = 'Paid' AND stage = 2 THEN 1 ELSE 0 END) AS taken,
           -- What was taken after it was given back is kept: identities sort by time, if the
           -- clocks of those who told agree.
           CASE WHEN MAX(CASE WHEN event_type = 'PayCancelled' THEN event_id END)
                     > CASE WHEN $2 = 1 THEN '' ELSE COALESCE(
                         MAX(CASE WHEN event_type = 'Paid' AND stage = 2 THEN event_id END), '') END
                THEN 1 ELSE 0 END AS void
    FROM facts WHERE payment_id IS NOT NULL GROUP BY order_key, payment_id
), payments AS (
    SELECT order_key, taken, void, cost >> 32 AS upper_cost, cost & 4294967295 AS lower_cost
    FROM each_payment
), money AS (
    SELECT order_key, SUM(taken) AS charges, SUM(taken * (1 - void)) AS kept_charges,
           MIN(void) AS void,
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
           COUNT(DISTINCT CASE WHEN event_type = 'Delivered' THEN delivery_id END) AS deliveries
    FROM facts GROUP BY order_key
), orders AS (
    SELECT ordered, cancelled, sent * (1 - recalled) AS goods,
           CASE WHEN latest <= $1 THEN 1 ELSE 0 END AS due,
           CASE WHEN cancelled = 1 OR void = 1 THEN 1 ELSE 0 END AS gone,
           CASE WHEN kept_charges > 0 THEN 1 ELSE 0 END AS paid,
           CASE WHEN charges > 1 THEN 1 ELSE 0 END AS overcharged,
           CASE WHEN deliveries > 1 THEN 1 ELSE 0 END AS oversent,
           upper_taken, lower_taken, upper_kept, lower_kept, upper_owed, lower_owed
    FROM events LEFT JOIN money ON money.order_key = events.order_key
), heard AS (
    -- What each fact came after, among those of one teller about the same thing.
    SELECT stage, occurred_at,
           MAX(stage) OVER earlier AS stage_before, MAX(occurred_at) OVER earlier AS told_before
    FROM facts WINDOW earlier AS (
        PARTITION BY order_key, payment_id, delivery_id,
                     CASE WHEN event_type IN ('Ordered', 'OrderCancelled') THEN 1 ELSE 0 END
        ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT COALESCE(SUM(ordered), 0) AS told,
       COALESCE(SUM(ordered * (1 - gone) * paid * goods), 0) AS finished,
       COALESCE(SUM(ordered * gone), 0) AS cancelled,
       COALESCE(SUM(upper_taken), 0) AS upper_taken, COALESCE(SUM(lower_taken), 0) AS lower_taken,
       COALESCE(SUM(upper_kept), 0) AS upper_kept, COALESCE(SUM(lower_kept), 0) AS lower_kept,
       COALESCE(SUM(upper_owed), 0) AS upper_owed, COALESCE(SUM(lower_owed), 0) AS lower_owed,
       COALESCE(SUM(overcharged), 0) AS double_charges,
       COALESCE(SUM(due * (1 - cancelled) * paid * (1 - goods)), 0) AS money_without_goods,
       COALESCE(SUM(due * (1 - paid) * goods), 0) AS goods_without_money,
       COALESCE(SUM(due * cancelled * paid), 0) AS cancelled_not_refunded,
       COALESCE(SUM(due * cancelled * goods), 0) AS cancelled_not_recalled,
       COALESCE(SUM(oversent), 0) AS double_deliveries,
       COALESCE(SUM(due * (1 - ordered) * (1 - cancelled)), 0) AS effects_without_cause,
       (SELECT COUNT(*) FROM heard
        WHERE stage_before > stage AND told_before >= occurred_at) AS out_of_order
FROM orders) AS figures
