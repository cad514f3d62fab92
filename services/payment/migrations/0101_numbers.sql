-- Hidden rows used to be numbered with the negative of their order's number, which a client could choose:
-- one below 1 took a number that a later row would get, or the last that there is. Nothing has an order
-- below 1, and none of ours has a number as large as these, so nothing needs those rows.
DELETE FROM payments WHERE hidden = 1 AND (order_key < 1 OR id < -4611686018427387904);

-- Now the database numbers them, down from the smallest; a row that is seen never has such a number.
--postgres CREATE SEQUENCE IF NOT EXISTS payments_hidden INCREMENT BY -1;
--postgres SELECT setval('payments_hidden', (SELECT LEAST(COALESCE(MIN(id), 0), 0) - 1 FROM payments), false);

-- SQLite goes on behind the largest number that it has ever seen.
--sqlite UPDATE sqlite_sequence SET seq = (SELECT MAX(0, COALESCE(MAX(id), 0)) FROM payments) WHERE name = 'payments';
