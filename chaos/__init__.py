"""
Faults on purpose.

Kill and stop Votify's processes under load, then hold the ledger against what the voters were told.

`python -m chaos` runs it with seeds; `voters` is the load and its log, `faults` what is done to the
processes, `verdict` what must hold afterwards, and `broken` two drains that are wrong on purpose: a
harness that does not catch them proves nothing.
"""
