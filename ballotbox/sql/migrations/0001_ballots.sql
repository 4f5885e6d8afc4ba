-- Polls, the ledger of ballots, and what is derived from it.

-- The services' roles exist once per server, the tables once per database.
DO $$
BEGIN
    CREATE ROLE votify_worker LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- it is there, or another database of this server is making it at this moment
END
$$;
DO $$
BEGIN
    CREATE ROLE votify_result LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

CREATE TABLE polls (
    id          integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    slug        text NOT NULL UNIQUE,
    code        text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9]{6}$'),
    question    text NOT NULL CHECK (question <> ''),
    kind        text NOT NULL,
    max_choices smallint NOT NULL CHECK (max_choices > 0),
    change      boolean NOT NULL,
    identity    text NOT NULL,
    visibility  text NOT NULL,
    opens_at    timestamptz,
    closes_at   timestamptz CHECK (closes_at > opens_at),
    closed      boolean NOT NULL DEFAULT false,  -- its close marker is recorded
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE options (
    poll_id integer REFERENCES polls ON DELETE CASCADE,
    id      smallint CHECK (id > 0),  -- numbered from 1 within the poll
    text    text NOT NULL CHECK (text <> ''),
    PRIMARY KEY (poll_id, id)
);

-- The ledger: every ballot that was accepted, once. Rows are added and never changed.
-- Marks stand in two arrays of the same length: option_ids[i] is marked with mark_values[i].
CREATE TABLE ballots (
    poll_id     integer NOT NULL REFERENCES polls ON DELETE CASCADE,
    voter       text NOT NULL COLLATE "C",
    seq         bigint NOT NULL CHECK (seq > 0),
    option_ids  smallint[] NOT NULL,
    mark_values smallint[] NOT NULL,
    PRIMARY KEY (poll_id, voter, seq),
    CHECK (cardinality(option_ids) = cardinality(mark_values))
);

-- How often each option was marked with each value, on the ballots that count.
CREATE TABLE tallies (
    poll_id   integer REFERENCES polls ON DELETE CASCADE,
    option_id smallint,
    value     smallint,
    count     bigint NOT NULL,  -- a CHECK would see differences too, before ON CONFLICT
    PRIMARY KEY (poll_id, option_id, value)
) WITH (fillfactor = 50);  -- rows change all the time: room to do so in place

-- One number for every change of any standing, given out under the recorders' advisory lock:
-- so the order of the numbers is the order of the commits, and "all above the last one I saw"
-- misses none.
CREATE SEQUENCE standing_version;

CREATE TABLE standings (
    poll_id   integer PRIMARY KEY REFERENCES polls ON DELETE CASCADE,
    ballots   bigint NOT NULL DEFAULT 0 CHECK (ballots >= 0),  -- that count and are not withdrawn
    version   bigint NOT NULL DEFAULT nextval('standing_version'),
    final_seq bigint  -- of the close marker; the result is final where it stands
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX standings_by_version ON standings (version);

GRANT SELECT ON polls, options, ballots, tallies, standings TO votify_worker, votify_result;
GRANT INSERT ON ballots TO votify_worker;
GRANT INSERT, UPDATE ON tallies, standings TO votify_worker;
GRANT UPDATE (closed) ON polls TO votify_worker;
GRANT USAGE ON SEQUENCE standing_version TO votify_worker;
