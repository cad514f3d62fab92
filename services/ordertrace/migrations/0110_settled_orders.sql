-- What the events of a settled order came to, once RETENTION has removed them: one narrow row
-- instead of four to eight wide ones, so that the sums of all orders stay right.
CREATE TABLE settled_orders (
    order_key BIGINT NOT NULL PRIMARY KEY,
    ordered BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    -- Of its payment, if it has one: which it is, and whether it was taken, and given back or void.
    payment_id BIGINT,
    cost BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    void BIGINT NOT NULL,
    -- Of its delivery, if it has one.
    delivery_id BIGINT,
    sent BIGINT NOT NULL,
    recalled BIGINT NOT NULL,
    -- How many events came out of their order, and how many were removed.
    out_of_order BIGINT NOT NULL,
    events BIGINT NOT NULL
);
