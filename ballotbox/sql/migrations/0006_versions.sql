-- A poll's version is its own: it grows by what changes in that poll. One number for all polls told
-- strangers how many voted in those whose numbers they may not see. And it had to be given out under
-- the recorders' lock, which adding a poll and sealing one had to wait for.

SET LOCAL ROLE votify_owner;

ALTER TABLE standings
    ALTER version SET DEFAULT 1,  -- those that are there go on from what they are
    ADD changed xid8 NOT NULL DEFAULT pg_current_xact_id();  -- the transaction that wrote the row

DROP INDEX standings_by_version;
CREATE INDEX standings_by_changed ON standings (changed);

-- Whatever writes a standing, those who follow what changes hear of it.
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.version := OLD.version + 1;
    END IF;
    NEW.changed := pg_current_xact_id();
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION note_change() FROM PUBLIC;
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON standings
FOR EACH ROW EXECUTE FUNCTION note_change();

-- As in 0002, and without a version.
CREATE OR REPLACE FUNCTION reopen_poll(wanted integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
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
    UPDATE standings SET final_seq = NULL WHERE poll_id = wanted;
    UPDATE polls SET closed = false, reopened_seq = marker WHERE id = wanted;
    UPDATE seals SET broken_at = now() WHERE poll_id = wanted AND broken_at IS NULL;
END
$$;
REVOKE ALL ON FUNCTION reopen_poll(integer) FROM PUBLIC;

DROP SEQUENCE standing_version;

RESET ROLE;
