-- One row: what all facts together say, and what is left of those that RETENTION has removed. $1:
-- effects of what was heard by then are due; $2 is that of orders.sql.
(WITH live AS NOT MATERIALIZED (
    SELECT * FROM facts
), reopened AS NOT MATERIALIZED (
    SELECT * FROM settled_orders
    WHERE EXISTS (SELECT 1 FROM facts WHERE facts.order_key = settled_orders.order_key)
), {orders}, orders AS (
    SELECT ordered, cancelled, sent * (1 - recalled) AS goods,
           CASE WHEN latest <= $1 THEN 1 ELSE 0 END AS due,
           CASE WHEN cancelled = 1 OR void = 1 THEN 1 ELSE 0 END AS gone,
           CASE WHEN kept_charges > 0 THEN 1 ELSE 0 END AS paid,
           CASE WHEN charges > 1 THEN 1 ELSE 0 END AS overcharged,
           CASE WHEN deliveries > 1 THEN 1 ELSE 0 END AS oversent,
           upper_taken, lower_taken, upper_kept, lower_kept, upper_owed, lower_owed
    FROM whole
    UNION ALL
    SELECT ordered, cancelled, sent * (1 - recalled), 1,
           CASE WHEN cancelled = 1 OR void = 1 THEN 1 ELSE 0 END,
           taken * (1 - void), 0, 0,
           (cost >> 32) * taken, (cost & 4294967295) * taken,
           (cost >> 32) * taken * (1 - void), (cost & 4294967295) * taken * (1 - void), 0, 0
    FROM settled_orders
    WHERE NOT EXISTS (SELECT 1 FROM facts WHERE facts.order_key = settled_orders.order_key)
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
       (SELECT COALESCE(SUM(out_of_order), 0) FROM overtaken)
       + (SELECT COALESCE(SUM(out_of_order), 0) FROM settled_orders) AS out_of_order
FROM orders) AS figures
