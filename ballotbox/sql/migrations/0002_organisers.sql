-- Organisers and what they make: accounts, tokens, polls that are edited, images, single-use codes,
-- seals. And what a poll's life needs: drafts, reopening, resetting, refusals that are counted.

DO $$
BEGIN
    CREATE ROLE votify_admin LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- it is there, or another database of this server is making it at this moment
END
$$;

-- ---- accounts -------------------------------------------------------------------------------------

CREATE TABLE organisers (
    id         integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name       text NOT NULL CHECK (name <> ''),
    password   text NOT NULL,  -- argon2id, with its parameters and salt
    role       text NOT NULL CHECK (role IN ('owner', 'organiser')),
    disabled   boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX organisers_by_name ON organisers (lower(name));

-- Of what a browser or a program shows, only the SHA-256 is kept: the table alone lets nobody in.
CREATE TABLE sessions (
    hash         bytea PRIMARY KEY,
    organiser_id integer NOT NULL REFERENCES organisers ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now(),
    device       text NOT NULL DEFAULT ''  -- what the browser calls itself
);
CREATE INDEX sessions_of ON sessions (organiser_id);

CREATE TABLE tokens (
    id           integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    organiser_id integer NOT NULL REFERENCES organisers ON DELETE CASCADE,
    name         text NOT NULL CHECK (name <> ''),
    scopes       text[] NOT NULL CHECK (scopes <@ ARRAY['polls', 'vote-for']),
    hash         bytea NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    used_at      timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX tokens_of ON tokens (organiser_id);

-- What a request with an Idempotency-Key was answered, so that its repetition gets the same.
CREATE TABLE idempotency_keys (
    organiser_id integer REFERENCES organisers ON DELETE CASCADE,
    key          text,
    request      bytea NOT NULL,  -- SHA-256 of what was asked
    status       smallint NOT NULL,
    answer       jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organiser_id, key)
);

-- ---- polls ----------------------------------------------------------------------------------------

CREATE TABLE images (
    name       text PRIMARY KEY,  -- of the content: 32 hexadecimal digits of its SHA-256
    owner_id   integer REFERENCES organisers ON DELETE SET NULL,
    width      smallint NOT NULL,
    height     smallint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE polls
    ADD owner_id      integer REFERENCES organisers ON DELETE SET NULL,
    ADD image         text REFERENCES images,
    ADD min_choices   smallint NOT NULL DEFAULT 1 CHECK (min_choices > 0),
    ADD draft         boolean NOT NULL DEFAULT false,
    ADD archived      boolean NOT NULL DEFAULT false,
    ADD revision      integer NOT NULL DEFAULT 1,
    ADD starts_seq    bigint NOT NULL DEFAULT 0,   -- ballots up to this one were thrown away by a reset
    ADD reopened_seq  bigint NOT NULL DEFAULT 0,   -- close markers up to this one were undone
    ADD codes_version integer NOT NULL DEFAULT 0,  -- grows when its set of codes changes
    ADD preview       text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', ''),
    ADD edited_at     timestamptz NOT NULL DEFAULT now(),
    ADD purged_at     timestamptz,                 -- its ballots were deleted, its tallies kept
    ADD CHECK (min_choices <= max_choices);
CREATE INDEX polls_of ON polls (owner_id);
CREATE INDEX polls_by_image ON polls (image);

ALTER TABLE options ADD image text REFERENCES images;
CREATE INDEX options_by_image ON options (image);

CREATE TABLE codes (
    poll_id    integer REFERENCES polls ON DELETE CASCADE,
    number     integer CHECK (number > 0),  -- within the poll; the voter is 'code:{number}'
    code       text NOT NULL,
    name       text NOT NULL DEFAULT '',    -- for whom it is, as the organiser says
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    PRIMARY KEY (poll_id, number),
    UNIQUE (poll_id, code)
);

-- ---- what the worker writes -----------------------------------------------------------------------

-- Ballots that were accepted and are not in the ledger, each once, with the code of the reason.
CREATE TABLE refusals (
    poll_id integer REFERENCES polls ON DELETE CASCADE,
    seq     bigint,
    reason  text NOT NULL,
    PRIMARY KEY (poll_id, seq)
);

CREATE TABLE seals (
    poll_id   integer REFERENCES polls ON DELETE CASCADE,
    final_seq bigint,  -- of the close marker
    document  text NOT NULL,  -- the signed file, as it is handed out
    sealed_at timestamptz NOT NULL DEFAULT now(),
    broken_at timestamptz,  -- the poll was reopened or reset
    PRIMARY KEY (poll_id, final_seq)
);

-- ---- who voted what, told apart from who ----------------------------------------------------------

-- What makes a voter's pseudonym in a poll; nobody but the owner of the database reads it.
CREATE TABLE salts (
    poll_id integer PRIMARY KEY REFERENCES polls ON DELETE CASCADE,
    salt    text NOT NULL DEFAULT gen_random_uuid()::text
);
INSERT INTO salts (poll_id) SELECT id FROM polls;

CREATE FUNCTION salt_poll() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO salts (poll_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER salt_poll AFTER INSERT ON polls FOR EACH ROW EXECUTE FUNCTION salt_poll();

-- The ledger without its voters: the same voter has the same pseudonym within a poll, and another
-- one in every other. Views look with the rights of their owner.
CREATE VIEW pseudonymous_ballots AS
SELECT b.poll_id, b.seq, b.option_ids, b.mark_values,
       left(encode(sha256(convert_to(s.salt || ':' || b.voter, 'UTF8')), 'hex'), 24) AS pseudonym
FROM ballots b JOIN salts s USING (poll_id);

-- Which codes were used, and not for what.
CREATE VIEW used_codes AS
SELECT DISTINCT c.poll_id, c.number
FROM codes c JOIN ballots b ON b.poll_id = c.poll_id AND b.voter = 'code:' || c.number;

-- ---- what may be undone, and by nobody but these --------------------------------------------------

-- Take back the close of a poll: raises unless its result is final and its ballots are there. The
-- caller has taken the ledger's lock, and before any row of the poll: recorders do it in this order.
-- Markers up to the one that closed it do not close it again.
CREATE FUNCTION reopen_poll(wanted integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    marker bigint;
BEGIN
    SELECT final_seq INTO marker FROM standings WHERE poll_id = wanted FOR UPDATE;
    IF marker IS NULL THEN
        RAISE EXCEPTION 'poll % is not final', wanted
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- Without its ballots nobody could tell who has voted already.
    IF (SELECT purged_at FROM polls WHERE id = wanted) IS NOT NULL THEN
        RAISE EXCEPTION 'the ballots of poll % were deleted', wanted
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE standings SET final_seq = NULL, version = nextval('standing_version')
    WHERE poll_id = wanted;
    UPDATE polls SET closed = false, reopened_seq = marker WHERE id = wanted;
    UPDATE seals SET broken_at = now() WHERE poll_id = wanted AND broken_at IS NULL;
END
$$;

-- Throw away the ballots of a poll, whose result is final: raises otherwise. Ballots and markers up
-- to its close marker, should they come again, are not of the new round.
CREATE FUNCTION reset_poll(wanted integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
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
    UPDATE standings SET ballots = 0 WHERE poll_id = wanted;
    UPDATE polls SET starts_seq = marker WHERE id = wanted;
END
$$;

-- Delete the ballots of polls that have been final and sealed for some days; their tallies stay.
-- Returns the polls.
CREATE FUNCTION purge_ballots(days integer) RETURNS SETOF integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    due integer[];
BEGIN
    -- Held, so that none is reopened meanwhile; who is about to reopen one is not waited for.
    SELECT array_agg(id) INTO due FROM (
        SELECT p.id
        FROM polls p JOIN standings t ON t.poll_id = p.id
        JOIN seals s ON s.poll_id = p.id AND s.final_seq = t.final_seq
        WHERE p.purged_at IS NULL AND p.closed AND s.broken_at IS NULL
          AND s.sealed_at < now() - make_interval(days => days)
        FOR NO KEY UPDATE OF p SKIP LOCKED
    ) AS held;
    DELETE FROM ballots WHERE poll_id = ANY (due);
    UPDATE polls SET purged_at = now() WHERE id = ANY (due);
    RETURN QUERY SELECT unnest(due);
END
$$;

REVOKE EXECUTE ON FUNCTION salt_poll, reopen_poll, reset_poll, purge_ballots FROM PUBLIC;

-- ---- rights ---------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE
    ON organisers, sessions, tokens, idempotency_keys, polls, options, images, codes TO votify_admin;
GRANT SELECT ON standings, tallies, refusals, seals, pseudonymous_ballots, used_codes TO votify_admin;
GRANT INSERT ON standings TO votify_admin;
GRANT USAGE ON SEQUENCE standing_version TO votify_admin;
GRANT EXECUTE ON FUNCTION reopen_poll, reset_poll TO votify_admin;

GRANT SELECT ON codes, tokens, refusals, seals, pseudonymous_ballots TO votify_worker;
GRANT SELECT (id, role, disabled) ON organisers TO votify_worker;
GRANT INSERT ON refusals, seals TO votify_worker;
GRANT EXECUTE ON FUNCTION purge_ballots TO votify_worker;

GRANT SELECT ON seals TO votify_result;
