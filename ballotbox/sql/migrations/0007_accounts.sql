-- Coming in: tries are counted here, and a browser that has signed in before is known.
SET LOCAL ROLE votify_owner;

-- How often something was tried that may fail. Redis may be full: whoever knows a password comes in.
CREATE TABLE tries (
    key      bytea PRIMARY KEY,  -- SHA-256 of what is counted
    name     bytea,              -- SHA-256 of the name that was tried, where it is counted for one
    failures integer NOT NULL,
    ends_at  timestamptz NOT NULL  -- when they are forgotten
);
CREATE INDEX tries_by_end ON tries (ends_at);
CREATE INDEX tries_of ON tries (name);

-- Browsers in which somebody has signed in; of what they show, only the SHA-256 is kept.
CREATE TABLE devices (
    hash         bytea PRIMARY KEY,
    organiser_id integer NOT NULL REFERENCES organisers ON DELETE CASCADE,
    seen_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX devices_of ON devices (organiser_id);

-- When the password was last asked for: for some things it is asked for again.
ALTER TABLE sessions ADD confirmed_at timestamptz NOT NULL DEFAULT now();

-- Tokens of before have no end, and go on working.
ALTER TABLE tokens
    ADD expires_at timestamptz,
    ADD used_from  text,                       -- the address of its last use
    ADD parent_id  integer REFERENCES tokens;  -- the token that made it, and with which it ends
CREATE INDEX tokens_by_parent ON tokens (parent_id);

-- Second factors. A secret is kept as it is, since codes are made of it.
CREATE TABLE second_factors (
    organiser_id integer PRIMARY KEY REFERENCES organisers ON DELETE CASCADE,
    secret       text NOT NULL,   -- base32
    step         bigint NOT NULL  -- the last time, in steps of 30 s, of which a code was taken
);

-- For a lost phone: the SHA-256 of each code that is not used yet.
CREATE TABLE recovery_codes (
    organiser_id integer REFERENCES organisers ON DELETE CASCADE,
    hash         bytea,
    PRIMARY KEY (organiser_id, hash)
);

-- Sessions that wait for a second factor let nobody in.
ALTER TABLE sessions ADD pending boolean NOT NULL DEFAULT false;

-- What owners have decided for everybody: one row.
CREATE TABLE house (
    one            boolean PRIMARY KEY DEFAULT true CHECK (one),
    factor_for_all boolean NOT NULL DEFAULT false
);
INSERT INTO house DEFAULT VALUES;

GRANT SELECT, INSERT, UPDATE, DELETE ON tries, devices, second_factors, recovery_codes
    TO votify_admin;
GRANT SELECT, UPDATE ON house TO votify_admin;

RESET ROLE;
