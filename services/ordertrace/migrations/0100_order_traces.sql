-- Where each order stands: one row an order, kept up by what the services tell.
CREATE TABLE order_traces (
    id IDENTITY,
    -- Which order this follows; empty for rows somebody wrote by hand.
    order_key BIGINT UNIQUE,
    product_id BIGINT,
    -- A double, as text: SQLite's JSON functions would cut its digits.
    qty TEXT,
    cost BIGINT,
    product_name TEXT,
    order_id BIGINT,
    status TEXT,
    -- How far the order has come: facts of two services may arrive in either order, and a later
    -- status is never overwritten by an earlier one.
    stage BIGINT NOT NULL
);

CREATE INDEX order_traces_of_order ON order_traces (order_id);

-- Every fact about an order, as it was told.
CREATE TABLE facts (
    id IDENTITY,
    event_id TEXT NOT NULL UNIQUE,
    order_key BIGINT NOT NULL,
    event_type TEXT NOT NULL,
    stage BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    heard_at BIGINT NOT NULL,
    payload TEXT NOT NULL
);

CREATE INDEX facts_of_order ON facts (order_key, occurred_at);
