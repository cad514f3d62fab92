CREATE TABLE orders (
    id IDENTITY,
    product_id BIGINT,
    qty BIGINT,
    payment_type TEXT,
    cost BIGINT,
    product_name TEXT,
    -- pending: payment has not said yes yet; placed; rejected: it could not; cancelled.
    status TEXT NOT NULL,
    placed_at BIGINT NOT NULL
);

CREATE INDEX orders_placed ON orders (id) WHERE status = 'placed';
CREATE INDEX orders_pending ON orders (placed_at) WHERE status = 'pending';
