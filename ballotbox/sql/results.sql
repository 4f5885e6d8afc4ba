-- What only the result pages ask: as in `queries.sql`.

-- last_sealings --
-- When the result of each poll was last sealed, and when that seal was broken, if it was.
SELECT DISTINCT ON (poll_id) poll_id, sealed_at, broken_at
FROM seals
ORDER BY poll_id, final_seq DESC;

-- last_seals --
-- The text of the last seal of each of these polls.
SELECT DISTINCT ON (poll_id) poll_id, document
FROM seals
WHERE poll_id = ANY (%(polls)s)
ORDER BY poll_id, final_seq DESC;
