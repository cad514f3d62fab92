-- Hidden rows used to be numbered with the negative of their order's number, which a client could choose:
-- one below 1 took a number that a later row would get, or the last that there is. Nothing has an order
-- below 1, so nothing needs those rows. What stays has a number below 1, where no other row comes.
DELETE FROM payments WHERE hidden = 1 AND order_key < 1;

-- SQLite goes on behind the largest number that it has ever seen.
--sqlite UPDATE sqlite_sequence SET seq = (SELECT MAX(0, COALESCE(MAX(id), 0)) FROM payments) WHERE name = 'payments';
