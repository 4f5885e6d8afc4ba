-- What a service that was broken into can reach: no function can be turned, nothing belongs to a
-- superuser, and `result` is told what was voted and not by whom.

-- Temporary tables came before the tables that these name, and whoever could make one could have its
-- triggers run with the rights of the functions' owner.
ALTER FUNCTION salt_poll() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION reopen_poll(integer) SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION reset_poll(integer) SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION purge_ballots(integer) SET search_path = pg_catalog, public, pg_temp;

-- The different marks on the ballots that count, and how many ballots of a poll have each.
CREATE VIEW patterns AS
SELECT poll_id, option_ids, mark_values, count(*) AS ballots
FROM (
    SELECT DISTINCT ON (b.poll_id, b.voter) b.poll_id, b.option_ids, b.mark_values
    FROM ballots b JOIN polls p ON p.id = b.poll_id
    ORDER BY b.poll_id, b.voter, CASE WHEN p.change THEN -b.seq ELSE b.seq END
) AS counting
WHERE option_ids <> '{}'
GROUP BY poll_id, option_ids, mark_values;

GRANT SELECT ON patterns TO votify_worker, votify_result;
REVOKE SELECT ON ballots FROM votify_result;

-- ---- whose all this is --------------------------------------------------------------------------------

-- Later migrations begin with SET LOCAL ROLE votify_owner, so that what they make is its own, too.
DO $$
BEGIN
    CREATE ROLE votify_owner NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- it is there, or another database of this server is making it at this moment
END
$$;
GRANT USAGE, CREATE ON SCHEMA public TO votify_owner;

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'S')
          -- A sequence behind a column goes with its table.
          AND NOT EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                            AND d.refobjsubid > 0 AND c.relkind = 'S' AND d.deptype IN ('a', 'i'))
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO votify_owner', found.name);
    END LOOP;
    FOR found IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO votify_owner', found.name);
    END LOOP;
END
$$;
