-- Every query of the ledger and the catalog: a name between dashes, what it does, then one
-- statement with named parameters.

-- lock_ledger --
-- Wait until no other recorder is at work; given back at the end of the transaction. It has to be
-- a statement of its own: the next one then sees all that the one before us has committed.
SELECT pg_advisory_xact_lock(%(key)s);

-- record_ballots --
-- Add ballots to the ledger and what they change to the tallies; gives the polls that have new ones.
-- A ballot that is there already changes nothing. `change` and so on are read from the polls, not
-- from the caller.
-- Within the statement, `ballots` is what it was before: `recorded` holds the new rows.
-- Each parameter is a column of the batch, with line breaks between its values (no voter's id has
-- one): a driver writes one text much faster than an array of thousands.
WITH arrived AS (
    SELECT *
    FROM unnest(
        string_to_array(%(polls)s, E'\n')::integer[], string_to_array(%(voters)s, E'\n'),
        string_to_array(%(seqs)s, E'\n')::bigint[],
        string_to_array(%(options)s, E'\n'), string_to_array(%(values)s, E'\n')
    ) AS a (poll_id, voter, seq, option_ids, mark_values)
), recorded AS (
    INSERT INTO ballots (poll_id, voter, seq, option_ids, mark_values)
    SELECT poll_id, voter, seq, option_ids::smallint[], mark_values::smallint[]
    FROM arrived
    ORDER BY poll_id, voter COLLATE "C", seq
    ON CONFLICT DO NOTHING
    RETURNING poll_id, voter, seq, option_ids, mark_values
), candidates AS (
    -- Of each voter's new ballots the one that could count.
    SELECT DISTINCT ON (r.poll_id, r.voter) r.*, p.change
    FROM recorded r JOIN polls p ON p.id = r.poll_id
    ORDER BY r.poll_id, r.voter, CASE WHEN p.change THEN -r.seq ELSE r.seq END
), counting AS (
    -- Those that do count, each beside the one that counted before.
    SELECT c.*, old.seq AS old_seq, old.option_ids AS old_ids, old.mark_values AS old_values
    FROM candidates c
    LEFT JOIN LATERAL (
        (SELECT b.seq, b.option_ids, b.mark_values FROM ballots b
         WHERE c.change AND b.poll_id = c.poll_id AND b.voter = c.voter
         ORDER BY b.seq DESC LIMIT 1)
        UNION ALL
        (SELECT b.seq, b.option_ids, b.mark_values FROM ballots b
         WHERE NOT c.change AND b.poll_id = c.poll_id AND b.voter = c.voter
         ORDER BY b.seq LIMIT 1)
    ) old ON true
    WHERE old.seq IS NULL OR (c.change AND c.seq > old.seq) OR (NOT c.change AND c.seq < old.seq)
), differences AS (
    SELECT poll_id, option_id, value, sum(difference) AS difference
    FROM (
        SELECT poll_id, m.option_id, m.value, 1 AS difference
        FROM counting, unnest(option_ids, mark_values) AS m (option_id, value)
        UNION ALL
        SELECT poll_id, m.option_id, m.value, -1
        FROM counting, unnest(old_ids, old_values) AS m (option_id, value)
    ) AS marks
    GROUP BY poll_id, option_id, value
    HAVING sum(difference) <> 0
), tallied AS (
    INSERT INTO tallies AS t (poll_id, option_id, value, count)
    SELECT poll_id, option_id, value, difference FROM differences
    ON CONFLICT (poll_id, option_id, value) DO UPDATE SET count = t.count + excluded.count
), news AS (
    SELECT poll_id, count(*) AS added, min(seq) AS first_seq, max(seq) AS last_seq
    FROM recorded
    GROUP BY poll_id
), overtaken AS (
    -- A ballot that comes late is not in the samples behind its place.
    DELETE FROM samples
    USING news n JOIN standings s ON s.poll_id = n.poll_id AND s.last_seq > n.first_seq
    WHERE samples.poll_id = n.poll_id AND samples.seq >= n.first_seq
)
UPDATE standings AS s
SET ballots = s.ballots + coalesce(c.difference, 0), cast_ballots = s.cast_ballots + n.added,
    last_seq = greatest(s.last_seq, n.last_seq)
FROM news n LEFT JOIN (
    SELECT poll_id,
           sum((option_ids <> '{}')::integer - (coalesce(old_ids, '{}') <> '{}')::integer)
               AS difference
    FROM counting
    GROUP BY poll_id
) AS c ON c.poll_id = n.poll_id
WHERE s.poll_id = n.poll_id
RETURNING s.poll_id;

-- sample --
-- Keep how these polls stand as a sample for the second of their last ballot, in the place of an
-- earlier one of this second; the counts only of those that are `traced`.
INSERT INTO samples (poll_id, second, seq, ballots, cast_ballots, counts)
SELECT s.poll_id, s.last_seq / 1000000, s.last_seq, s.ballots, s.cast_ballots,
       CASE WHEN s.poll_id = ANY (%(traced)s) THEN (
           SELECT coalesce(jsonb_agg(jsonb_build_array(t.option_id, t.value, t.count)), '[]')
           FROM tallies t WHERE t.poll_id = s.poll_id AND t.count <> 0
       ) END
FROM standings s
WHERE s.poll_id = ANY (%(polls)s) AND s.last_seq IS NOT NULL
ON CONFLICT (poll_id, second) DO UPDATE
SET seq = excluded.seq, ballots = excluded.ballots, cast_ballots = excluded.cast_ballots,
    counts = excluded.counts;

-- seconds_of --
-- The seconds of which one poll has a sample, the oldest first.
SELECT second FROM samples WHERE poll_id = %(poll)s ORDER BY second;

-- samples_of --
-- The samples of one poll, the oldest first: those of these seconds, or all where that is null.
SELECT seq, ballots, cast_ballots, counts
FROM samples
WHERE poll_id = %(poll)s
  AND (%(seconds)s::bigint[] IS NULL OR second = ANY (%(seconds)s::bigint[]))
ORDER BY second;

-- last_sample_of --
-- The last sample of one poll.
SELECT seq, ballots, cast_ballots, counts
FROM samples WHERE poll_id = %(poll)s ORDER BY second DESC LIMIT 1;

-- crowded --
-- Those of these polls that have more samples than so many.
SELECT poll_id FROM samples
WHERE poll_id = ANY (%(polls)s) GROUP BY poll_id HAVING count(*) > %(most)s;

-- thin_samples --
-- Delete the samples of one poll but those of these seconds.
DELETE FROM samples WHERE poll_id = %(poll)s AND second <> ALL (%(kept)s);

-- overruled_ballots --
-- Of these ballots, those that do not count since their voter had voted before and the poll lets
-- nobody change.
SELECT b.seq
FROM unnest(
    string_to_array(%(polls)s, E'\n')::integer[], string_to_array(%(voters)s, E'\n'),
    string_to_array(%(seqs)s, E'\n')::bigint[]
) AS b (poll_id, voter, seq)
JOIN polls p ON p.id = b.poll_id AND NOT p.change
WHERE EXISTS (
    SELECT FROM ballots AS earlier
    WHERE earlier.poll_id = b.poll_id AND earlier.voter = b.voter AND earlier.seq < b.seq
);

-- refuse_ballots --
-- Note ballots that were accepted and are not in the ledger; each once, those of unknown polls not.
INSERT INTO refusals (poll_id, seq, reason)
SELECT r.poll_id, r.seq, r.reason
FROM unnest(%(polls)s::integer[], %(seqs)s::bigint[], %(reasons)s::text[])
    AS r (poll_id, seq, reason)
JOIN polls p ON p.id = r.poll_id
ON CONFLICT DO NOTHING;

-- ends_of --
-- Of these polls, those that are final, with the sequence number of the close marker.
SELECT poll_id, final_seq FROM standings WHERE poll_id = ANY (%(ids)s) AND final_seq IS NOT NULL;

-- close_poll --
-- Make the result final: every ballot before the close marker is recorded. No row: it was final.
WITH closed AS (
    UPDATE polls SET closed = true WHERE id = %(poll)s
)
UPDATE standings SET final_seq = %(seq)s
WHERE poll_id = %(poll)s AND final_seq IS NULL
RETURNING poll_id;

-- standings_since --
-- The standings that have changed since a look, with their counts, rows of one poll together; and in
-- each row what the next look gives back. One row without a poll where none has changed.
-- What was finished when a look was made is below its `xmin`, and was seen; what commits later is
-- not below, in whatever order. So a look may give again what was seen, and never misses anything.
-- A restored dump names transactions of another server. The first look gives it whole, and so does
-- one at another table than the last; later ones leave out what is of the future.
WITH look AS (
    SELECT 'standings'::regclass::oid AS place, pg_current_snapshot() AS now
), span AS (
    SELECT place, pg_snapshot_xmin(now) AS xmin,
           CASE WHEN place = %(table)s THEN %(since)s::text::xid8 ELSE '0' END AS since,
           CASE WHEN place = %(table)s THEN pg_snapshot_xmax(now)
                ELSE '18446744073709551615' END AS future
    FROM look
)
SELECT span.place, span.xmin, s.poll_id, s.version, s.ballots, s.cast_ballots, s.last_seq,
       s.final_seq IS NOT NULL AS final, t.option_id, t.value, t.count
FROM span LEFT JOIN (standings s LEFT JOIN tallies t USING (poll_id))
    ON s.changed >= span.since AND s.changed < span.future
ORDER BY s.poll_id;

-- standing_of --
-- The standing of one poll, with its counts.
SELECT s.poll_id, s.version, s.ballots, s.cast_ballots, s.last_seq,
       s.final_seq IS NOT NULL AS final, t.option_id, t.value, t.count
FROM standings s LEFT JOIN tallies t USING (poll_id)
WHERE s.poll_id = %(poll)s;

-- recount --
-- Count one poll from the ledger alone: first how many ballots count, how many there are, and the
-- highest number among them, in a row without an option; then each option and value.
WITH counting AS (
    SELECT DISTINCT ON (b.voter) b.option_ids, b.mark_values
    FROM ballots b JOIN polls p ON p.id = b.poll_id
    WHERE b.poll_id = %(poll)s
    ORDER BY b.voter, CASE WHEN p.change THEN -b.seq ELSE b.seq END
)
SELECT NULL AS option_id, NULL AS value,
       (SELECT count(*) FROM counting WHERE option_ids <> '{}') AS count,
       count(*) AS cast_ballots, max(seq) AS last_seq
FROM ballots WHERE poll_id = %(poll)s
UNION ALL
SELECT m.option_id, m.value, count(*), NULL, NULL
FROM counting, unnest(option_ids, mark_values) AS m (option_id, value)
GROUP BY m.option_id, m.value;

-- patterns --
-- The different marks on the ballots that count in one poll, and how many ballots have each.
SELECT option_ids, mark_values, ballots FROM patterns WHERE poll_id = %(poll)s
ORDER BY option_ids, mark_values;

-- refusals_of --
-- How many ballots of one poll were accepted and are not in the ledger, by reason.
SELECT reason, count(*) FROM refusals WHERE poll_id = %(poll)s GROUP BY reason ORDER BY reason;

-- turnout_of --
-- How many ballots of one poll are in the ledger, and of how many voters.
SELECT count(*) AS ballots, count(DISTINCT voter) AS voters FROM ballots WHERE poll_id = %(poll)s;

-- ballots_of --
-- The ledger of one poll, in the order of acceptance.
SELECT poll_id, voter, seq, option_ids, mark_values
FROM ballots WHERE poll_id = %(poll)s ORDER BY seq;

-- ballots_file --
-- The rows of a poll's file of ballots before there is a seal: pseudonym, number among the voter's
-- own, and marks as `1:1 3:1`.
SELECT pseudonym, number,
       (SELECT string_agg(m.option_id || ':' || m.value, ' ' ORDER BY m.option_id)
        FROM unnest(option_ids, mark_values) AS m (option_id, value)) AS choice
FROM numbered_ballots WHERE poll_id = %(poll)s ORDER BY pseudonym COLLATE "C", number;

-- told_ballots_file --
-- The same for who may have it, which is when the result is sealed.
SELECT pseudonym, number,
       (SELECT string_agg(m.option_id || ':' || m.value, ' ' ORDER BY m.option_id)
        FROM unnest(option_ids, mark_values) AS m (option_id, value)) AS choice
FROM told_ballots WHERE poll_id = %(poll)s ORDER BY pseudonym COLLATE "C", number;

-- told_ballots_file_1 --
-- The file whose hash stands in a seal of version 1.
SELECT seq, pseudonym AS voter,
       (SELECT string_agg(m.option_id || ':' || m.value, ' ' ORDER BY m.option_id)
        FROM unnest(option_ids, mark_values) AS m (option_id, value)) AS choice
FROM told_ballots_1 WHERE poll_id = %(poll)s ORDER BY seq;

-- codes_summary --
-- What became of a poll's codes: how many were issued, how many of these after it was opened, were
-- used, and were revoked, used or not.
SELECT count(*) AS issued,
       count(*) FILTER (WHERE c.created_at > coalesce(p.opens_at, p.created_at))
           AS issued_after_opening,
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM ballots b WHERE b.poll_id = c.poll_id AND b.voter = 'code:' || c.number
       )) AS used,
       count(c.revoked_at) AS revoked
FROM codes c JOIN polls p ON p.id = c.poll_id
WHERE c.poll_id = %(poll)s;

-- count_vouched --
-- How many of the votes that count in one poll were cast for voters whom a program has vouched for.
SELECT count(*)
FROM (
    SELECT DISTINCT ON (b.voter) b.option_ids
    FROM ballots b JOIN polls p ON p.id = b.poll_id
    WHERE b.poll_id = %(poll)s AND starts_with(b.voter, 'user:') AND p.identity <> 'declared'
    ORDER BY b.voter, CASE WHEN p.change THEN -b.seq ELSE b.seq END
) AS counting
WHERE option_ids <> '{}';

-- doubt --
-- Note that the tally of a final poll is not what the ledger says. No row: that was known.
INSERT INTO doubts AS d (poll_id, final_seq) VALUES (%(poll)s, %(final_seq)s)
ON CONFLICT (poll_id) DO UPDATE SET final_seq = excluded.final_seq, found_at = now()
WHERE d.final_seq <> excluded.final_seq
RETURNING poll_id;

-- undoubt --
-- Note that it is what the ledger says. No row: there was no doubt.
DELETE FROM doubts WHERE poll_id = %(poll)s RETURNING poll_id;

-- doubted --
-- The final polls whose tally is not what the ledger says.
SELECT d.poll_id
FROM doubts d JOIN standings t ON t.poll_id = d.poll_id AND t.final_seq = d.final_seq;

-- next_sealed --
-- The next poll after one that is sealed and has its ballots, with the number of its close marker.
SELECT s.poll_id, s.final_seq
FROM seals s
JOIN standings t ON t.poll_id = s.poll_id AND t.final_seq = s.final_seq
JOIN polls p ON p.id = s.poll_id AND p.purged_at IS NULL
WHERE s.broken_at IS NULL AND s.poll_id > %(after)s
ORDER BY s.poll_id
LIMIT 1;

-- lock_sealing --
-- Whether it is we who may seal, until the end of the transaction.
SELECT pg_try_advisory_xact_lock(%(key)s);

-- unsealed --
-- The final polls that have no seal yet, with the number of their close marker.
SELECT t.poll_id, t.final_seq, now() AS sealed_at
FROM standings t
WHERE t.final_seq IS NOT NULL AND NOT EXISTS (
    SELECT FROM seals s WHERE s.poll_id = t.poll_id AND s.final_seq = t.final_seq
)
ORDER BY t.final_seq;

-- sealed_for_an_hour --
-- The polls whose seal is an hour old and whole, the oldest seal first.
SELECT poll_id FROM seals
WHERE broken_at IS NULL AND sealed_at < now() - interval '1 hour'
ORDER BY sealed_at;

-- seals_of --
-- The seals of one poll, the latest first; at most one is not broken.
SELECT document, sealed_at, broken_at
FROM seals WHERE poll_id = %(poll)s ORDER BY final_seq DESC;

-- hold_for_seal --
-- See to it that nobody deletes a poll until the end of the transaction. No row: somebody does.
SELECT id FROM polls WHERE id = %(poll)s FOR KEY SHARE SKIP LOCKED;

-- seal_poll --
-- Keep the seal of a poll, unless it was reopened; everybody who shows the poll hears of it.
WITH sealed AS (
    INSERT INTO seals (poll_id, final_seq, document, sealed_at)
    SELECT poll_id, final_seq, %(document)s, %(sealed_at)s
    FROM standings WHERE poll_id = %(poll)s AND final_seq = %(final_seq)s
    RETURNING poll_id
)
UPDATE standings t SET version = t.version + 1  -- as every change of a standing does
FROM sealed WHERE t.poll_id = sealed.poll_id
RETURNING t.poll_id;

-- purge_ballots --
-- Delete the ballots of polls that have been sealed for so many days; gives the polls.
SELECT purge_ballots(%(days)s);

-- purged_polls --
-- The polls whose ballots were deleted, and whose tallies alone are kept.
SELECT id FROM polls WHERE purged_at IS NOT NULL;

-- hold_poll --
-- Keep one poll as it is until the end of the transaction. No row: somebody is changing it, or it
-- is not there any more.
SELECT id FROM polls WHERE id = %(poll)s FOR SHARE SKIP LOCKED;

-- codes_of --
-- The single-use codes of one poll; the number of one that is not valid any more is negative.
SELECT code, CASE WHEN revoked_at IS NULL THEN number ELSE -number END
FROM codes WHERE poll_id = %(poll)s;

-- issued_codes --
-- Those of these polls and numbers for which a code was issued, valid or not.
SELECT poll_id, number FROM codes
JOIN unnest(%(polls)s::integer[], %(numbers)s::integer[]) AS came (poll_id, number)
    USING (poll_id, number);

-- lock_vouchers --
-- Wait until nobody else publishes tokens; given back at the end of the transaction.
SELECT pg_advisory_xact_lock(%(key)s);

-- vouchers --
-- The tokens whose bearers may vouch for voters: whose polls these are, `*` for everybody's.
SELECT encode(t.hash, 'hex'), CASE o.role WHEN 'owner' THEN '*' ELSE o.id::text END
FROM tokens t JOIN organisers o ON o.id = t.organiser_id
WHERE 'vote-for' = ANY (t.scopes) AND t.revoked_at IS NULL
  AND coalesce(t.expires_at > now(), true) AND NOT o.disabled;

-- read_polls --
-- Polls with their options, in order: those with these ids, or all where that is null.
SELECT p.id, p.slug, p.code, p.question, p.image, p.kind, p.min_choices, p.max_choices, p.change,
       p.identity, p.visibility, p.listed, p.host_sees, p.opens_at, p.closes_at, p.closed, p.draft,
       p.archived, p.owner_id AS owner, p.revision, p.starts_seq, p.reopened_seq,
       p.codes_version AS codes,
       p.preview,
       (SELECT json_agg(json_build_object('id', o.id, 'text', o.text, 'image', o.image)
                        ORDER BY o.id)
        FROM options o WHERE o.poll_id = p.id) AS options
FROM polls p
WHERE %(ids)s::integer[] IS NULL OR p.id = ANY (%(ids)s)
ORDER BY p.id;

-- insert_poll --
-- Add a poll without options; its standing appears with it. An empty preview is made up here.
WITH poll AS (
    INSERT INTO polls (slug, code, question, image, kind, min_choices, max_choices, change,
                       identity, visibility, listed, host_sees, opens_at, closes_at, draft,
                       archived, owner_id, preview)
    VALUES (%(slug)s, %(code)s, %(question)s, %(image)s, %(kind)s, %(min_choices)s,
            %(max_choices)s, %(change)s, %(identity)s, %(visibility)s, %(listed)s, %(host_sees)s,
            %(opens_at)s, %(closes_at)s, %(draft)s, %(archived)s, %(owner)s,
            coalesce(nullif(%(preview)s, ''), replace(gen_random_uuid()::text, '-', '')))
    RETURNING id, preview
), standing AS (
    INSERT INTO standings (poll_id) SELECT id FROM poll
)
SELECT id, preview FROM poll;

-- insert_options --
-- Add the options of a poll, numbered from 1 in their order; an image may be null.
INSERT INTO options (poll_id, id, text, image)
SELECT %(poll)s, o.id, o.text, o.image
FROM unnest(%(texts)s::text[], %(images)s::text[]) WITH ORDINALITY AS o (text, image, id);
