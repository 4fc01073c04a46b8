-- Which kinds of later words a delivery has had: 1 late bounce, 2 complaint, 4 unsubscribe, 8 reply,
-- 16 automatic reply.
ALTER TABLE delivery ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;
