-- Second factors of organisers. As in `desk.sql`.

-- find_factor --
-- The secret of somebody's second factor.
SELECT secret FROM second_factors WHERE organiser_id = %(organiser)s;

-- add_factor --
-- Somebody has a second factor from now on. No row: there is one.
INSERT INTO second_factors (organiser_id, secret, step)
VALUES (%(organiser)s, %(secret)s, %(step)s)
ON CONFLICT DO NOTHING
RETURNING organiser_id;

-- use_factor --
-- Take the code of a time. No row: it was taken already, or a later one was.
UPDATE second_factors SET step = %(step)s
WHERE organiser_id = %(organiser)s AND secret = %(secret)s AND step < %(step)s
RETURNING organiser_id;

-- drop_factor --
-- Somebody has no second factor any more.
DELETE FROM second_factors WHERE organiser_id = %(organiser)s;

-- add_recovery_codes --
-- Add codes for a lost phone.
INSERT INTO recovery_codes (organiser_id, hash)
SELECT %(organiser)s, unnest(%(hashes)s::bytea[]);

-- use_recovery_code --
-- Take one of them. No row: there is none.
DELETE FROM recovery_codes WHERE organiser_id = %(organiser)s AND hash = %(hash)s
RETURNING organiser_id;

-- drop_recovery_codes --
-- Forget those of somebody.
DELETE FROM recovery_codes WHERE organiser_id = %(organiser)s;

-- recovery_codes_left --
-- How many of them somebody has.
SELECT count(*) FROM recovery_codes WHERE organiser_id = %(organiser)s;

-- factor_for_all --
-- Whether everybody has to have a second factor.
SELECT factor_for_all FROM house;

-- ask_factor_of_all --
-- Ask it of everybody, or leave it to each.
UPDATE house SET factor_for_all = %(wanted)s;
