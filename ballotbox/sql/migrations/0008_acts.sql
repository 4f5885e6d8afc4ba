-- What organisers have done, and what was refused to whom.

SET LOCAL ROLE votify_owner;

-- A row is there before its act is done, and gets its outcome once. It refers to no other table: it
-- outlives the poll and the people that it names.
CREATE TABLE acts (
    id           bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at           timestamptz NOT NULL DEFAULT now(),
    organiser_id integer,                   -- who; null: a stranger, or the operator
    organiser    text NOT NULL DEFAULT '',  -- as they were called at the time
    via          text NOT NULL DEFAULT '',  -- 'token:7', 'session:1a2b…', 'command', 'settings'
    address      inet,                      -- of the client
    act          text NOT NULL,             -- such as 'poll.edit'
    outcome      text,                      -- 'done', 'unchanged', or the code of an error; null: unknown
    poll_id      integer,                   -- to which poll it was done
    subject      text NOT NULL DEFAULT '',  -- to what else: 'account:3', 'token:7', 'code:12', …
    name         text NOT NULL DEFAULT '',  -- what the poll, account or token was called at the time
    details      json NOT NULL DEFAULT '{}'
);
CREATE INDEX acts_of ON acts (organiser_id, id);
CREATE INDEX acts_on ON acts (poll_id, id) WHERE poll_id IS NOT NULL;
CREATE INDEX acts_named ON acts (act, id);
CREATE INDEX acts_at ON acts (at);

-- Strangers leave one row a minute for the same from the same network, so that a flood fills nothing.
-- Of the newer addresses, a customer of a provider has 2^64.
CREATE UNIQUE INDEX acts_of_strangers ON acts (
    act, outcome, subject,
    network(set_masklen(coalesce(address, '0.0.0.0'), CASE family(address) WHEN 6 THEN 64 ELSE 32 END)),
    date_trunc('minute', at AT TIME ZONE 'UTC')
) WHERE organiser_id IS NULL AND via = '';
CREATE INDEX acts_of_strangers_at ON acts (at) WHERE organiser_id IS NULL AND via = '';

-- Say once how an act has ended, and what it was done to where it made that.
CREATE FUNCTION finish_act(
    wanted bigint, ended text, poll integer, made text, called text, more json
) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE acts
    SET outcome = ended, poll_id = coalesce(poll_id, poll), details = more,
        subject = CASE subject WHEN '' THEN made ELSE subject END,
        name = CASE name WHEN '' THEN called ELSE name END
    WHERE id = wanted AND outcome IS NULL
$$;
REVOKE ALL ON FUNCTION finish_act FROM PUBLIC;

-- The desk adds rows, and cannot choose their number or their time. Nobody changes or deletes one.
GRANT SELECT ON acts TO votify_admin;
GRANT INSERT (organiser_id, organiser, via, address, act, outcome, poll_id, subject, name, details)
    ON acts TO votify_admin;
GRANT EXECUTE ON FUNCTION finish_act TO votify_admin;

RESET ROLE;
