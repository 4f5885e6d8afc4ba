-- How often signing in was tried, and from which browsers it has been done. As in `desk.sql`.

-- clear_tries --
-- Forget what is over. What somebody is counting at this moment is left to them.
DELETE FROM tries
WHERE key IN (SELECT key FROM tries WHERE ends_at <= now() FOR UPDATE SKIP LOCKED);

-- exhausted_tries --
-- For how many seconds nothing may be tried, where one of these was tried as often as it may.
SELECT extract(epoch FROM max(t.ends_at - now()))::float8
FROM unnest(%(keys)s::bytea[], %(most)s::integer[]) AS w (key, most)
JOIN tries t USING (key)
WHERE t.ends_at > now() AND t.failures >= w.most;

-- count_tries --
-- Count one try for each of these, in an order that all keep to. As above for those that it is too
-- much for: the transaction is to be undone then.
WITH counted AS (
    INSERT INTO tries AS t (key, name, failures, ends_at)
    SELECT w.key, w.name, 1, now() + make_interval(secs => w.seconds)
    FROM unnest(%(keys)s::bytea[], %(names)s::bytea[], %(seconds)s::integer[])
        AS w (key, name, seconds)
    ORDER BY w.key
    ON CONFLICT (key) DO UPDATE
    SET failures = CASE WHEN t.ends_at > now() THEN t.failures + 1 ELSE 1 END,
        ends_at = CASE WHEN t.ends_at > now() THEN t.ends_at ELSE excluded.ends_at END
    RETURNING key, failures, ends_at
)
SELECT extract(epoch FROM max(c.ends_at - now()))::float8
FROM unnest(%(keys)s::bytea[], %(most)s::integer[]) AS w (key, most)
JOIN counted c USING (key)
WHERE c.failures > w.most;

-- uncount_tries --
-- Take one try back: it did not fail.
WITH held AS (
    SELECT key FROM tries WHERE key = ANY (%(keys)s::bytea[]) ORDER BY key FOR UPDATE
)
UPDATE tries t SET failures = greatest(t.failures - 1, 0) FROM held WHERE t.key = held.key;

-- forget_tries --
-- Forget what was tried under a name.
DELETE FROM tries WHERE name = %(name)s;

-- find_device --
-- The name of the account that has signed in with this browser.
SELECT o.name
FROM devices d JOIN organisers o ON o.id = d.organiser_id
WHERE d.hash = %(hash)s AND NOT o.disabled
  AND d.seen_at > now() - make_interval(days => %(days)s);

-- see_device --
-- Somebody signs in again with a browser of theirs. No row: it is none.
UPDATE devices SET seen_at = now()
WHERE hash = %(hash)s AND organiser_id = %(organiser)s
  AND seen_at > now() - make_interval(days => %(days)s)
RETURNING hash;

-- add_device --
-- Somebody has signed in with another browser; the oldest ones and those long not seen are forgotten.
WITH old AS (
    DELETE FROM devices
    WHERE seen_at <= now() - make_interval(days => %(days)s)
       OR hash IN (SELECT hash FROM devices WHERE organiser_id = %(organiser)s
                   ORDER BY seen_at DESC OFFSET %(most)s - 1)
)
INSERT INTO devices (hash, organiser_id) VALUES (%(hash)s, %(organiser)s);

-- forget_devices --
-- Forget all browsers of somebody.
DELETE FROM devices WHERE organiser_id = %(organiser)s;
