"""
The result service: shows how polls stand, as it happens.

It reads PostgreSQL and Redis and writes neither.
`feed` reads what is new into the `board` and hands it to the `sockets`; `runoff` counts the rounds
of ranked polls beside it. `pages` are for people and their spreadsheets: `standing` is what the one
who asks may see of a poll, `figures` is how numbers are written, `passes` tells who has voted.
`parts` are the pictures of a page; `rounds_picture` and `timeline_picture` work out where all
stands on them. `service` is for who runs it; `errors` alone knows the HTTP status of an error.
`dashboard` lists the polls; `gallery` hands out pictures for posts: `picture` works out where all
stands on them, `caption` what is said, `lettering` how wide that is, and `png`, a program of its
own, makes dots of them.
`app` puts them together. Only `__main__` knows eventlet, so that it can be replaced.
"""
