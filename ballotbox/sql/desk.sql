-- What the organiser's desk and its API ask of PostgreSQL: a name between dashes, what it does, then
-- one statement with named parameters. The ledger's own queries are in `queries.sql`.
--
-- Who edits a poll holds its row with FOR NO KEY UPDATE: FOR UPDATE would hold up the drain, whose
-- ballots refer to it. Who needs the ledger's lock too (reopen, reset) takes that one first, as the
-- drain does: the other way round the two would wait for each other. Who deletes does without it, since
-- that may take long: of a final poll nothing is recorded any more.

-- wait_briefly --
-- Wait for no lock for long, on a connection whose statements may take their time.
SET LOCAL lock_timeout = '2s';

-- hold_for_edit --
-- Keep one poll for oneself until the end of the transaction. No row: there is none.
SELECT id FROM polls WHERE id = %(poll)s FOR NO KEY UPDATE;

-- hold_for_publishing --
-- Wait until nobody changes a poll, and keep it as it is until the end of the transaction.
SELECT id FROM polls WHERE id = %(poll)s FOR SHARE;

-- owner_of --
-- To whom a poll belongs; null: to the owners of Votify.
SELECT owner_id FROM polls WHERE id = %(poll)s;

-- find_polls --
-- The ids of polls, the newest first: of one organiser or of all, in one state or in any, with a
-- text in the question, the address or the code.
SELECT id FROM polls
WHERE (%(owner)s::integer IS NULL OR owner_id = %(owner)s)
  AND archived = %(archived)s
  AND (%(before)s::integer IS NULL OR id < %(before)s)
  AND (position(lower(%(q)s) IN lower(question)) > 0 OR position(lower(%(q)s) IN slug) > 0
       OR code = upper(%(q)s))
  AND (%(state)s::text IS NULL OR %(state)s = CASE
           WHEN draft THEN 'draft'
           WHEN closed OR closes_at <= %(now)s THEN 'closed'
           WHEN opens_at > %(now)s THEN 'coming'
           ELSE 'open'
       END)
ORDER BY id DESC
LIMIT %(limit)s;

-- entries_of --
-- How polls stand, besides what is asked: their numbers, and the latest seal of each.
SELECT p.id, CASE WHEN told.numbers OR NOT told.voters THEN t.ballots END AS ballots,
       t.final_seq IS NOT NULL AS final, p.purged_at IS NOT NULL AS purged,
       p.purged_at IS NOT NULL OR t.cast_ballots > 0 AS has_ballots,
       told.concluded, told.numbers AS tells_numbers, told.voters AS tells_voters,
       EXISTS (SELECT FROM doubts d WHERE d.poll_id = p.id AND d.final_seq = t.final_seq)
           AS doubted,
       s.sealed_at, s.broken_at
FROM polls p
JOIN standings t ON t.poll_id = p.id
JOIN told ON told.poll_id = p.id
LEFT JOIN LATERAL (
    SELECT sealed_at, broken_at FROM seals
    WHERE poll_id = p.id ORDER BY final_seq DESC LIMIT 1
) s ON true
WHERE p.id = ANY (%(ids)s);

-- keep_poll --
-- Change a poll, except for its options.
UPDATE polls
SET slug = %(slug)s, question = %(question)s, image = %(image)s, kind = %(kind)s,
    min_choices = %(min_choices)s, max_choices = %(max_choices)s, change = %(change)s,
    identity = %(identity)s, visibility = %(visibility)s, listed = %(listed)s,
    host_sees = %(host_sees)s, opens_at = %(opens_at)s, closes_at = %(closes_at)s,
    draft = %(draft)s, archived = %(archived)s, revision = %(revision)s, edited_at = now()
WHERE id = %(id)s;

-- is_confusing --
-- Whether an address is another poll's code, or a code another poll's address, but for capitals:
-- a code is typed in any case, so people would be sent to the wrong one.
SELECT EXISTS (
    SELECT FROM polls
    WHERE id <> %(id)s AND (code = upper(%(slug)s) OR slug = lower(%(code)s))
);

-- delete_options --
-- Take a poll's options away, to put others in their place.
DELETE FROM options WHERE poll_id = %(poll)s;

-- known_images --
-- Which of these images there are; they are kept until the end of the transaction.
SELECT name FROM images WHERE name = ANY (%(names)s) FOR KEY SHARE;

-- reopen_poll --
-- Take back the close of a poll.
SELECT reopen_poll(%(poll)s);

-- reset_poll --
-- Throw away the ballots of a poll.
SELECT reset_poll(%(poll)s);

-- delete_poll --
-- Delete a poll, and all that belongs to it.
DELETE FROM polls WHERE id = %(poll)s;

-- conclude_poll --
-- Tell the organiser of a final poll with codes both: the numbers, and whose codes were used.
SELECT conclude_poll(%(poll)s);

-- told_standing --
-- As `standing_of`, with the counts that the poll's organiser is told.
SELECT s.poll_id, s.version, s.ballots, s.cast_ballots, s.last_seq,
       s.final_seq IS NOT NULL AS final, t.option_id, t.value, t.count
FROM standings s LEFT JOIN told_tallies t USING (poll_id)
WHERE s.poll_id = %(poll)s;

-- told_patterns --
-- As `patterns`, where the poll's organiser is told the numbers.
SELECT option_ids, mark_values, ballots FROM told_patterns WHERE poll_id = %(poll)s;

-- told_seal --
-- The seal of one poll that holds, where its organiser is told the numbers.
SELECT document FROM told_seals WHERE poll_id = %(poll)s;

-- count_codes --
-- How many single-use codes a poll has, with the highest number.
SELECT count(*), coalesce(max(number), 0) FROM codes WHERE poll_id = %(poll)s;

-- add_codes --
-- Add codes to a poll; its set of codes is another one then. Gives those that were added: of two
-- equal ones one.
WITH added AS (
    INSERT INTO codes (poll_id, number, code, name, created_at)
    SELECT %(poll)s, c.number, c.code, c.name, %(now)s
    FROM unnest(%(numbers)s::integer[], %(codes)s::text[], %(names)s::text[])
        AS c (number, code, name)
    ON CONFLICT DO NOTHING
    RETURNING number, code, name
), changed AS (
    UPDATE polls SET codes_version = codes_version + 1 WHERE id = %(poll)s
)
SELECT number, code AS text, name FROM added ORDER BY number;

-- read_codes --
-- The codes of a poll after a number, and whether each was used; null where that is not told.
SELECT c.number, c.code AS text, c.name, c.revoked_at,
       CASE WHEN told.voters AND p.purged_at IS NULL THEN u.number IS NOT NULL END AS used
FROM codes c
JOIN polls p ON p.id = c.poll_id
JOIN told ON told.poll_id = c.poll_id
LEFT JOIN used_codes u ON u.poll_id = c.poll_id AND u.number = c.number
WHERE c.poll_id = %(poll)s AND c.number > %(after)s
ORDER BY c.number
LIMIT %(limit)s;

-- tell_codes --
-- How many codes of a poll there are, were used (null where that is not told), and were revoked,
-- used or not.
SELECT count(*), CASE WHEN bool_and(told.voters AND p.purged_at IS NULL) THEN count(u.number) END,
       count(c.revoked_at)
FROM codes c
JOIN polls p ON p.id = c.poll_id
JOIN told ON told.poll_id = c.poll_id
LEFT JOIN used_codes u ON u.poll_id = c.poll_id AND u.number = c.number
WHERE c.poll_id = %(poll)s;

-- revoke_code --
-- Make a code worthless; the poll's set of codes is another one then.
WITH changed AS (
    UPDATE polls SET codes_version = codes_version + 1 WHERE id = %(poll)s
)
UPDATE codes SET revoked_at = coalesce(revoked_at, now())
WHERE poll_id = %(poll)s AND number = %(number)s
RETURNING number;
