"""
The vote service: where ballots are handed in. It talks to Redis only, never to PostgreSQL.

`paper` is the door for people, `api` the one for programs; both hand their ballots to the `booth`.
`identity` knows voters, `receipt` makes receipts, and `errors` alone knows the HTTP status of an
error.
"""
