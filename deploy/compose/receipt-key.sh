#!/bin/sh
# Derives the key of receipts from the secret on standard input, as ballotbox/receipt_key.py does, where
# there is no Python: HMAC (RFC 2104) with SHA-512 and with SHA-256, as hexadecimal digits.
set -eu
export LC_ALL=C

bytes() { # standard input as numbers
    od -An -v -tu1 | tr '\n' ' '
}

pairs() { # HEX as numbers
    for pair in $(printf '%s' "$1" | sed 's/../& /g'); do printf '%d ' "0x$pair"; done
}

padded() { # padded BYTE BLOCK NUMBER…: a block of bytes, each XOR the byte
    byte=$1 left=$2
    shift 2
    while [ "$left" -gt 0 ]; do
        # shellcheck disable=SC2059 # the format is the byte
        printf "\\$(printf '%03o' $((${1:-0} ^ byte)))"
        [ $# = 0 ] || shift
        left=$((left - 1))
    done
}

digest() { # digest SHA: of standard input
    "$1sum" | cut -d ' ' -f 1
}

hmac() { # hmac SHA BLOCK TEXT
    key=$(printf '%s' "$secret" | bytes)
    [ "$(printf '%s' "$secret" | wc -c)" -le "$2" ] || key=$(pairs "$(printf '%s' "$secret" | digest "$1")")
    inner=$({ padded 54 "$2" $key; printf '%s' "$3"; } | digest "$1")
    { padded 92 "$2" $key; padded 0 $((${#inner} / 2)) $(pairs "$inner"); } | digest "$1"
}

read -r secret
printf '%s%s\n' "$(hmac sha512 128 'votify receipt 2')" "$(hmac sha256 64 'votify receipt')"
