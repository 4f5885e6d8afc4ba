"""One set of promises, held against every implementation of the queue and of the ledger."""
