CREATE TABLE payments (
    id IDENTITY,
    -- Which order this charges, whatever order_id is changed to later: one charge an order.
    order_key BIGINT UNIQUE,
    order_id BIGINT,
    product_id BIGINT,
    qty BIGINT,
    payment_type TEXT,
    payment_status TEXT,
    cost BIGINT,
    product_name TEXT,
    -- 1 once money was taken, and 1 once it was given back.
    taken BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    -- 1 once the payment is void: its order was called off, or it was deleted.
    void BIGINT NOT NULL,
    -- 1 for what was deleted, and for orders called off before they were charged.
    hidden BIGINT NOT NULL
);

CREATE INDEX payments_shown ON payments (id) WHERE hidden = 0;
CREATE INDEX payments_of_order ON payments (order_id);
