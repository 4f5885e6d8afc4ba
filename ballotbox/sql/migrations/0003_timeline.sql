-- How the numbers of a poll came to be: samples of its standing, one for a second in which ballots
-- came at most, so that a chart of ten million ballots is read as quickly as one of ten.

ALTER TABLE standings
    ADD cast_ballots bigint NOT NULL DEFAULT 0 CHECK (cast_ballots >= 0),  -- also replaced, withdrawn
    ADD last_seq     bigint;  -- the highest number among its ballots

-- What the ballots up to a number add up to: exactly what a recount of those ballots gives.
CREATE TABLE samples (
    poll_id      integer REFERENCES polls ON DELETE CASCADE,
    second       bigint,  -- of `seq`, since 1970
    seq          bigint NOT NULL CHECK (seq / 1000000 = second),
    ballots      bigint NOT NULL,
    cast_ballots bigint NOT NULL,
    counts       jsonb,  -- [[option, value, count], …]; null where nobody could watch them then
    PRIMARY KEY (poll_id, second)
) WITH (fillfactor = 50);  -- the last row of a poll changes all the time

-- ---- what is there already --------------------------------------------------------------------------

UPDATE standings s SET cast_ballots = b.cast_ballots, last_seq = b.last_seq
FROM (SELECT poll_id, count(*) AS cast_ballots, max(seq) AS last_seq FROM ballots GROUP BY poll_id) b
WHERE b.poll_id = s.poll_id;

-- Where the ballots were deleted after their time, the seal has kept how many there were.
UPDATE standings s SET cast_ballots = (e.document::json #>> '{ledger,ballots}')::bigint
FROM seals e JOIN polls p ON p.id = e.poll_id AND p.purged_at IS NOT NULL
WHERE e.poll_id = s.poll_id AND e.final_seq = s.final_seq;

INSERT INTO samples (poll_id, second, seq, ballots, cast_ballots, counts)
SELECT s.poll_id, s.last_seq / 1000000, s.last_seq, s.ballots, s.cast_ballots,
       CASE WHEN p.visibility IN ('always', 'after_vote') THEN (
           SELECT coalesce(jsonb_agg(jsonb_build_array(t.option_id, t.value, t.count)), '[]')
           FROM tallies t WHERE t.poll_id = s.poll_id AND t.count <> 0
       ) END
FROM standings s JOIN polls p ON p.id = s.poll_id
WHERE s.last_seq IS NOT NULL;

-- ---- a reset begins anew ----------------------------------------------------------------------------

-- As in 0002, and without what is new here.
CREATE OR REPLACE FUNCTION reset_poll(wanted integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    marker bigint;
BEGIN
    UPDATE polls SET purged_at = NULL WHERE id = wanted;
    PERFORM reopen_poll(wanted);
    SELECT reopened_seq INTO marker FROM polls WHERE id = wanted;
    DELETE FROM ballots WHERE poll_id = wanted;
    DELETE FROM tallies WHERE poll_id = wanted;
    DELETE FROM refusals WHERE poll_id = wanted;
    DELETE FROM samples WHERE poll_id = wanted;
    UPDATE standings SET ballots = 0, cast_ballots = 0, last_seq = NULL WHERE poll_id = wanted;
    UPDATE polls SET starts_seq = marker WHERE id = wanted;
END
$$;

-- ---- rights -----------------------------------------------------------------------------------------

GRANT SELECT ON samples TO votify_worker, votify_result;
GRANT INSERT, UPDATE, DELETE ON samples TO votify_worker;  -- old ones are thinned
