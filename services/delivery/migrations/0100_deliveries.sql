CREATE TABLE deliveries (
    id IDENTITY,
    -- Which order this brings, whatever order_id is changed to later: one delivery an order.
    order_key BIGINT UNIQUE,
    order_id BIGINT,
    product_id BIGINT,
    qty BIGINT,
    delivery_status TEXT,
    destination TEXT,
    payment_id BIGINT,
    product_name TEXT,
    -- 1 once the goods were recalled.
    recalled BIGINT NOT NULL,
    -- 1 for what was deleted, and for payments that were void before anything was sent.
    hidden BIGINT NOT NULL
);

CREATE INDEX deliveries_shown ON deliveries (id) WHERE hidden = 0;
CREATE INDEX deliveries_of_order ON deliveries (order_id);
CREATE INDEX deliveries_of_payment ON deliveries (payment_id);
