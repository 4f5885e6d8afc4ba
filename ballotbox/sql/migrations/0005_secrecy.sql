-- Who learns what of a poll with codes: its organiser is told the numbers or whose codes were used,
-- and both only when it is concluded, which is for good. The file of ballots comes with the seal, and
-- says nothing of their order. And what the sealer doubts, so that others can say so.

SET LOCAL ROLE votify_owner;

ALTER TABLE polls
    -- What the organiser of a poll with codes is told before it is concluded.
    ADD host_sees text NOT NULL DEFAULT 'numbers' CHECK (host_sees IN ('numbers', 'voters')),
    -- Elsewhere the organiser can see the numbers as anybody can.
    ADD CHECK (host_sees = 'numbers' OR (identity = 'code' AND visibility = 'organiser'));

-- Polls with codes whose organiser is told both: the numbers and whose codes were used.
CREATE TABLE conclusions (
    poll_id      integer PRIMARY KEY REFERENCES polls ON DELETE CASCADE,
    final_seq    bigint NOT NULL,  -- of the close marker; worth nothing beside another one
    concluded_at timestamptz NOT NULL DEFAULT now()
);

-- Final polls whose tally is not what the ledger says.
CREATE TABLE doubts (
    poll_id   integer PRIMARY KEY REFERENCES polls ON DELETE CASCADE,
    final_seq bigint NOT NULL,  -- of the close marker; says nothing of another one
    found_at  timestamptz NOT NULL DEFAULT now()
);

-- ---- what organisers are told -----------------------------------------------------------------------

-- Two states of both, compared, would name who has voted what in between. So there is one state of
-- both, and it is the last one.
CREATE VIEW told AS
SELECT p.id AS poll_id, c.poll_id IS NOT NULL AS concluded,
       p.identity <> 'code' OR c.poll_id IS NOT NULL
           OR (p.host_sees = 'numbers'
               AND (p.visibility <> 'after_close' OR t.final_seq IS NOT NULL)) AS numbers,
       c.poll_id IS NOT NULL OR p.host_sees = 'voters' AS voters
FROM polls p
JOIN standings t ON t.poll_id = p.id
LEFT JOIN conclusions c ON c.poll_id = p.id AND c.final_seq = t.final_seq;

CREATE VIEW told_tallies AS
SELECT n.poll_id, n.option_id, n.value, n.count
FROM tallies n JOIN told ON told.poll_id = n.poll_id AND told.numbers;

CREATE VIEW told_patterns AS
SELECT n.poll_id, n.option_ids, n.mark_values, n.ballots
FROM patterns n JOIN told ON told.poll_id = n.poll_id AND told.numbers;

-- The seals that hold.
CREATE VIEW told_seals AS
SELECT s.poll_id, s.document
FROM seals s
JOIN standings t ON t.poll_id = s.poll_id AND t.final_seq = s.final_seq
JOIN told ON told.poll_id = s.poll_id AND told.numbers
WHERE s.broken_at IS NULL;

CREATE OR REPLACE VIEW used_codes AS
SELECT DISTINCT c.poll_id, c.number
FROM codes c
JOIN told ON told.poll_id = c.poll_id AND told.voters
JOIN ballots b ON b.poll_id = c.poll_id AND b.voter = 'code:' || c.number;

-- ---- the file of ballots ----------------------------------------------------------------------------

-- The ledger without its voters and without its order but each voter's own.
CREATE VIEW numbered_ballots AS
SELECT poll_id, pseudonym, option_ids, mark_values,
       row_number() OVER (PARTITION BY poll_id, pseudonym ORDER BY seq) AS number
FROM pseudonymous_ballots;

CREATE VIEW told_ballots AS
SELECT b.poll_id, b.pseudonym, b.number, b.option_ids, b.mark_values
FROM numbered_ballots b JOIN told_seals s ON s.poll_id = b.poll_id;

-- Seals of version 1 hold the hash of a file in the order of acceptance, with the numbers of the
-- ballots: where such a seal stands, that is the poll's file.
CREATE VIEW told_ballots_1 AS
SELECT b.poll_id, b.pseudonym, b.seq, b.option_ids, b.mark_values
FROM pseudonymous_ballots b JOIN told_seals s ON s.poll_id = b.poll_id
WHERE s.document::json ->> 'format' = 'votify-seal-1';

-- The files before and after a reopening have no pseudonym in common: who was alone in the first one
-- would be known in the second.
CREATE FUNCTION renew_salt() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE salts SET salt = gen_random_uuid()::text WHERE poll_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER renew_salt AFTER UPDATE OF reopened_seq ON polls FOR EACH ROW
WHEN (OLD.reopened_seq IS DISTINCT FROM NEW.reopened_seq) EXECUTE FUNCTION renew_salt();

-- ---- promises ---------------------------------------------------------------------------------------

-- Raises unless what voters were promised is kept: once there are ballots, who votes and what their
-- organiser is told stay, and numbers are hidden from more people only.
CREATE FUNCTION keep_promises() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    hiding CONSTANT text[] := ARRAY['always', 'after_vote', 'after_close', 'organiser'];
BEGIN
    IF NOT EXISTS (SELECT FROM ballots WHERE poll_id = NEW.id) THEN
        RETURN NEW;
    END IF;
    IF NEW.identity <> OLD.identity OR NEW.host_sees <> OLD.host_sees
       OR array_position(hiding, NEW.visibility) < array_position(hiding, OLD.visibility)
       -- That would hide the numbers from everybody but the organiser, who has not seen them either.
       OR (NEW.identity = 'code' AND OLD.visibility = 'after_close'
           AND NEW.visibility = 'organiser'
           AND (SELECT final_seq FROM standings WHERE poll_id = NEW.id) IS NULL) THEN
        RAISE EXCEPTION 'voters of poll % were promised otherwise', NEW.id
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_promises BEFORE UPDATE OF identity, host_sees, visibility ON polls
FOR EACH ROW EXECUTE FUNCTION keep_promises();

-- Tell the organiser of a poll with codes both, for good: raises unless its result is final, and where
-- it was reopened after such a telling.
CREATE FUNCTION conclude_poll(wanted integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    marker bigint;
    told_at bigint;
BEGIN
    SELECT final_seq INTO marker FROM standings WHERE poll_id = wanted;
    SELECT final_seq INTO told_at FROM conclusions WHERE poll_id = wanted;
    IF marker IS NULL OR told_at <> marker THEN
        RAISE EXCEPTION 'poll % cannot be concluded', wanted
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO conclusions (poll_id, final_seq) VALUES (wanted, marker) ON CONFLICT DO NOTHING;
END
$$;

-- A reset throws away what was told as well: a new round has voters of its own.
CREATE FUNCTION forget_conclusion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ballots WHERE poll_id = NEW.id) THEN
        DELETE FROM conclusions WHERE poll_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_conclusion AFTER UPDATE OF starts_seq ON polls FOR EACH ROW
WHEN (OLD.starts_seq IS DISTINCT FROM NEW.starts_seq) EXECUTE FUNCTION forget_conclusion();

REVOKE ALL ON FUNCTION renew_salt, keep_promises, conclude_poll, forget_conclusion FROM PUBLIC;

-- ---- rights -----------------------------------------------------------------------------------------

REVOKE SELECT ON tallies, seals, pseudonymous_ballots FROM votify_admin;
GRANT SELECT (poll_id, final_seq, sealed_at, broken_at) ON seals TO votify_admin;
GRANT SELECT ON told, told_tallies, told_patterns, told_seals, told_ballots, told_ballots_1, doubts
    TO votify_admin;
GRANT EXECUTE ON FUNCTION conclude_poll TO votify_admin;

GRANT SELECT ON numbered_ballots TO votify_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON doubts TO votify_worker;
GRANT SELECT ON doubts TO votify_result;

RESET ROLE;
