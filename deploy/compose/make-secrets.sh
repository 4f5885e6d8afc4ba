#!/bin/sh
# Makes every password and key of the stack at its first start, and keeps them ever after.
#
# The originals stay in /secrets/all, which nobody else mounts. Each reader has a directory of its
# own, a volume, with copies of what it needs, in files that only its user may read. The copies and
# Redis' list of users are made anew at every start: a lost volume or a new release mends itself.
set -eu
umask 077
cd /secrets

original() { # original NAME [BYTES]: random bits, 256 of them, as hexadecimal digits
    [ -s "all/$1" ] || write "all/$1" "$(od -An "-N${2:-32}" -tx1 /dev/urandom | tr -d ' \n')"
}

write() { # write FILE TEXT: never half
    printf '%s\n' "$2" >"$1.new"
    mv "$1.new" "$1"
}

give() { # give USER FILE TEXT
    printf '%s\n' "$3" >"$2.new"
    chmod 400 "$2.new"
    chown "$1:$1" "$2.new"
    mv "$2.new" "$2"
}

redis_users() {
    sed -e "s/\${VOTE_REDIS_PASSWORD}/$(cat all/vote_redis)/" \
        -e "s/\${WORKER_REDIS_PASSWORD}/$(cat all/worker_redis)/" \
        -e "s/\${RESULT_REDIS_PASSWORD}/$(cat all/result_redis)/" \
        -e "s/\${ADMIN_REDIS_PASSWORD}/$(cat all/admin_redis)/" /etc/votify/users.acl.template
    # For the health check of the container: it may ask whether Redis answers, and nothing else.
    echo 'user health on nopass resetchannels -@all +ping'
}

objects_users() {
    printf '{"identities": [{"name": "votify", "actions": ["Admin"], "credentials": [%s]}]}' \
        "{\"accessKey\": \"votify\", \"secretKey\": \"$(cat all/objects)\"}"
}

for name in secret_key seal_key vote_redis worker_redis result_redis admin_redis \
    owner_database worker_database result_database admin_database objects; do
    original "$name"
done
original admin_password 10  # somebody types it

# By itself: a script that fails as somebody's argument ends nothing.
receipt_key=$(receipt-key <all/secret_key)

give 10001 vote/secret_key "$(cat all/secret_key)"
give 10001 vote/redis_password "$(cat all/vote_redis)"
give 10002 worker/redis_password "$(cat all/worker_redis)"
give 10002 worker/seal_key "$(cat all/seal_key)"
give 10002 worker/database_password "$(cat all/worker_database)"
give 10003 result/receipt_key "$receipt_key"
rm -f result/secret_key  # 0.1.0 gave it
give 10003 result/redis_password "$(cat all/result_redis)"
give 10003 result/database_password "$(cat all/result_database)"
give 10004 migrate/database_password "$(cat all/owner_database)"
give 10004 migrate/worker_database_password "$(cat all/worker_database)"
give 10004 migrate/result_database_password "$(cat all/result_database)"
give 10004 migrate/admin_database_password "$(cat all/admin_database)"
give 10005 admin/redis_password "$(cat all/admin_redis)"
give 10005 admin/database_password "$(cat all/admin_database)"
give 10005 admin/admin_password "$(cat all/admin_password)"
give 10005 admin/objects_key "$(cat all/objects)"
give 10006 objects/users.json "$(objects_users)"
give 999 postgres/password "$(cat all/owner_database)"
give 999 redis/users.acl "$(redis_users)"
# Nothing may be started with a password that a power cut would take back.
sync
echo "The secrets are in place."
