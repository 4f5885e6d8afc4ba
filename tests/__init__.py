"""
The tests, in folders by what they touch.

`unit` needs nothing but Python; `contracts` holds every implementation of the queue and the ledger
to the same promises, those in memory too; `integration` uses a real Redis and a real PostgreSQL;
`docs` holds the documents to the code; `e2e` drives the whole running stack from outside.
"""
