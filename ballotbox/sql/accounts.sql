-- Who may come in: organisers, their sessions and tokens. As in `desk.sql`.

-- find_account --
-- The account of this name, whatever its capitals, with its password's hash.
SELECT id, name, role, password FROM organisers
WHERE lower(name) = lower(%(name)s) AND NOT disabled;

-- account_named --
-- The account of this name, whatever its capitals, shut out or not.
SELECT id, name FROM organisers WHERE lower(name) = lower(%(name)s);

-- account --
-- The account of this number, with its password's hash.
SELECT id, name, role, password, disabled FROM organisers WHERE id = %(id)s;

-- all_accounts --
-- Every account, how many polls belong to it, and whether it has a second factor.
SELECT o.id, o.name, o.role, o.disabled, o.created_at, count(p.id) AS polls,
       EXISTS (SELECT FROM second_factors f WHERE f.organiser_id = o.id) AS factor
FROM organisers o LEFT JOIN polls p ON p.owner_id = o.id
GROUP BY o.id
ORDER BY lower(o.name);

-- lock_accounts --
-- Wait until nobody else changes accounts, so that one owner is always left; it lets itself be read.
LOCK TABLE organisers IN SHARE ROW EXCLUSIVE MODE;

-- add_account --
-- Add an account. No row: the name is taken.
INSERT INTO organisers (name, password, role)
VALUES (%(name)s, %(password)s, %(role)s)
ON CONFLICT DO NOTHING
RETURNING id;

-- any_account --
-- Whether there is any account.
SELECT EXISTS (SELECT FROM organisers);

-- other_owners --
-- Whether an owner who may come in is left besides this account.
SELECT EXISTS (SELECT FROM organisers WHERE role = 'owner' AND NOT disabled AND id <> %(id)s);

-- keep_password --
-- Keep the hash of a new password.
UPDATE organisers SET password = %(password)s WHERE id = %(id)s RETURNING id;

-- renew_hash --
-- Keep another hash of the same password. No row: the password was changed meanwhile.
UPDATE organisers SET password = %(new)s WHERE id = %(id)s AND password = %(old)s RETURNING id;

-- keep_role --
-- Change what somebody may do.
UPDATE organisers SET role = %(role)s WHERE id = %(id)s RETURNING id;

-- keep_disabled --
-- Shut somebody out, or let them in again.
UPDATE organisers SET disabled = %(disabled)s WHERE id = %(id)s RETURNING id;

-- begin_session --
-- Begin a session; those that have ended by themselves are cleared away.
WITH ended AS (
    DELETE FROM sessions
    WHERE seen_at < now() - make_interval(hours => %(hours)s)
       OR created_at < now() - make_interval(days => %(days)s)
)
INSERT INTO sessions (hash, organiser_id, device, pending)
VALUES (%(hash)s, %(organiser)s, %(device)s, %(pending)s);

-- find_session --
-- Who is signed in, whether a second factor has to come first, and whether the session was not seen
-- for a minute.
SELECT o.id, o.name, o.role, h.factor_for_all AND f.organiser_id IS NULL AS lacks_factor,
       s.seen_at < now() - interval '1 minute' AS stale
FROM sessions s JOIN organisers o ON o.id = s.organiser_id CROSS JOIN house h
LEFT JOIN second_factors f ON f.organiser_id = o.id
WHERE s.hash = %(hash)s AND NOT o.disabled AND NOT s.pending
  AND s.seen_at > now() - make_interval(hours => %(hours)s)
  AND s.created_at > now() - make_interval(days => %(days)s);

-- find_pending_session --
-- Who has given the password, and has to give a code yet.
SELECT o.id, o.name, o.role
FROM sessions s JOIN organisers o ON o.id = s.organiser_id
WHERE s.hash = %(hash)s AND NOT o.disabled AND s.pending
  AND s.created_at > now() - make_interval(mins => %(minutes)s);

-- see_session --
-- A session is in use.
UPDATE sessions SET seen_at = now() WHERE hash = %(hash)s;

-- is_confirmed --
-- A row: the password was asked for in this session not long ago.
SELECT hash FROM sessions
WHERE hash = %(hash)s AND confirmed_at > now() - make_interval(mins => %(minutes)s);

-- confirm_session --
-- The password was given again.
UPDATE sessions SET confirmed_at = now() WHERE hash = %(hash)s;

-- end_session --
-- End one session.
DELETE FROM sessions WHERE hash = %(hash)s;

-- end_session_of --
-- End one session, if it is theirs.
DELETE FROM sessions WHERE hash = %(hash)s AND organiser_id = %(organiser)s;

-- end_sessions --
-- End all sessions of somebody.
DELETE FROM sessions WHERE organiser_id = %(organiser)s;

-- end_other_sessions --
-- End all sessions of somebody but one.
DELETE FROM sessions WHERE organiser_id = %(organiser)s AND hash <> %(hash)s;

-- sessions_of --
-- The sessions of somebody that have not ended.
SELECT encode(hash, 'hex') AS id, created_at, seen_at, device, hash = %(hash)s AS current
FROM sessions
WHERE organiser_id = %(organiser)s AND NOT pending AND seen_at > now() - make_interval(hours => %(hours)s)
  AND created_at > now() - make_interval(days => %(days)s)
ORDER BY seen_at DESC;

-- hold_account --
-- Keep an account and its tokens as they are until the end of the transaction. No row: shut out.
SELECT password FROM organisers WHERE id = %(organiser)s AND NOT disabled FOR NO KEY UPDATE;

-- add_token --
-- Add a token, by a session or by a parent that it does not outlive. No row: that has ended.
INSERT INTO tokens (organiser_id, name, scopes, hash, parent_id, expires_at)
SELECT %(organiser)s, %(name)s, %(scopes)s, %(hash)s, p.id,
       least(now() + make_interval(days => %(days)s), p.expires_at)
FROM (SELECT %(parent)s::integer) AS wanted (parent)
LEFT JOIN tokens p ON p.id = wanted.parent AND p.revoked_at IS NULL
                  AND coalesce(p.expires_at > now(), true)
WHERE wanted.parent IS NOT DISTINCT FROM p.id
  AND (%(session)s::bytea IS NULL OR EXISTS (SELECT FROM sessions s WHERE s.hash = %(session)s))
RETURNING id, name, scopes, created_at, expires_at, used_at, used_from, revoked_at,
          parent_id AS parent;

-- tokens_of --
-- The tokens of somebody, the newest first.
SELECT id, name, scopes, created_at, expires_at, used_at, used_from, revoked_at, parent_id AS parent
FROM tokens WHERE organiser_id = %(organiser)s ORDER BY id DESC;

-- revoke_token --
-- Make a token worthless, if it is theirs, and all that it has made.
WITH RECURSIVE family AS (
    SELECT id FROM tokens WHERE id = %(id)s AND organiser_id = %(organiser)s
    UNION
    SELECT t.id FROM tokens t JOIN family f ON t.parent_id = f.id
)
UPDATE tokens t SET revoked_at = coalesce(t.revoked_at, now())
FROM family f WHERE t.id = f.id
RETURNING t.id;

-- revoke_tokens --
-- Make all tokens of somebody worthless.
UPDATE tokens SET revoked_at = coalesce(revoked_at, now()) WHERE organiser_id = %(organiser)s;

-- find_token --
-- Whose token it is, what it is for, and whether its use was not noted for a minute.
SELECT o.id, o.name, o.role, t.id AS token, t.scopes,
       coalesce(t.used_at < now() - interval '1 minute', true) AS stale
FROM tokens t JOIN organisers o ON o.id = t.organiser_id
WHERE t.hash = %(hash)s AND t.revoked_at IS NULL AND coalesce(t.expires_at > now(), true)
  AND NOT o.disabled;

-- use_token --
-- A token is in use, from this address.
UPDATE tokens SET used_at = now(), used_from = %(address)s WHERE id = %(token)s;
