-- Set a key, in a full Redis too: what is noted tells others how things stand, above all then.
--
-- KEYS[1] = the key
-- ARGV[1] = its value
-- ARGV[2] = seconds after which it expires, '' for never

-- After a write that makes room a script may take some: a full Redis refuses its first write alone.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1])
if ARGV[2] ~= '' then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
