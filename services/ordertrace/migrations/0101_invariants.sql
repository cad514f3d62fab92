-- What the facts of a payment say of money: whose, and how much.
ALTER TABLE facts ADD COLUMN payment_id BIGINT;
ALTER TABLE facts ADD COLUMN cost BIGINT;
