-- The log of what organisers do. As in `desk.sql`.

-- begin_act --
-- Write an act down; by names and numbers of what it is done to, as they stand at this moment. Of an
-- account that somebody tried to come in as, the name is known, and of a token its hash.
WITH account AS (
    SELECT id, name FROM organisers
    WHERE id = %(account)s::integer OR lower(name) = lower(%(tried)s::text)
)
INSERT INTO acts (organiser_id, organiser, via, address, act, outcome, poll_id, subject, name, details)
SELECT %(organiser_id)s::integer, %(organiser)s::text,
       coalesce((SELECT 'token:' || id FROM tokens WHERE hash = %(shown)s::bytea), %(via)s::text),
       %(address)s::inet, %(act)s::text, %(outcome)s::text, %(poll)s::integer,
       coalesce((SELECT 'account:' || id FROM account), %(subject)s::text),
       coalesce((SELECT name FROM account),
                (SELECT name FROM tokens WHERE id = %(token)s::integer),
                (SELECT slug FROM polls WHERE id = %(poll)s::integer), %(name)s::text),
       %(details)s::json
-- What strangers leave is bounded.
WHERE %(organiser_id)s::integer IS NOT NULL OR %(via)s::text <> '' OR %(most)s::integer > (
    SELECT count(*) FROM (
        SELECT FROM acts
        WHERE organiser_id IS NULL AND via = '' AND at > now() - interval '1 hour'
        LIMIT %(most)s::integer
    ) AS latest
)
ON CONFLICT DO NOTHING
RETURNING id, via, subject, name;

-- finish_act --
-- Say how an act has ended.
SELECT finish_act(%(id)s::bigint, %(outcome)s::text, %(poll)s::integer, %(subject)s::text,
                  %(name)s::text, %(details)s::json);

-- find_acts --
-- Acts, the newest first: of all or of one organiser, of one name, on one poll, with one outcome (or
-- any by which they were refused), at one time.
SELECT id, at, organiser_id, organiser, via, host(address) AS address, act, outcome, poll_id,
       subject, name, details
FROM acts
WHERE (%(before)s::bigint IS NULL OR id < %(before)s)
  AND (%(organiser)s::integer IS NULL OR organiser_id = %(organiser)s)
  AND (%(act)s::text IS NULL OR act = %(act)s)
  AND (%(poll)s::integer IS NULL OR poll_id = %(poll)s)
  AND CASE %(outcome)s::text
          WHEN 'refused' THEN outcome NOT IN ('done', 'unchanged')
          WHEN 'unknown' THEN outcome IS NULL
          ELSE %(outcome)s IS NULL OR outcome = %(outcome)s
      END
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s AND at < %(until)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- act_names --
-- Which names of acts there are, each by one step in the index.
WITH RECURSIVE found AS (
    (SELECT act FROM acts ORDER BY act LIMIT 1)
    UNION ALL
    SELECT (SELECT a.act FROM acts a WHERE a.act > f.act ORDER BY a.act LIMIT 1)
    FROM found f WHERE f.act IS NOT NULL
)
SELECT act FROM found WHERE act IS NOT NULL;
