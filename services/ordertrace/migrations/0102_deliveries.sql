-- Which delivery a fact is about: goods that are sent twice have two.
ALTER TABLE facts ADD COLUMN delivery_id BIGINT;
