"""
The result service: shows how polls stand, as it happens.

It reads PostgreSQL and Redis and writes neither.
`feed` reads what is new into the `board` and hands it to the `sockets`; `runoff` counts the rounds
of ranked polls beside it. `pages` are for people and their spreadsheets, `figures` is how numbers
are written there, `passes` tells who has voted. `service` is for who runs it; `errors` alone knows
the HTTP status of an error.
`app` puts them together. Only `__main__` knows eventlet, so that it can be replaced.
"""
