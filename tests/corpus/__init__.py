"""
Bad input: what strangers and broken programs send, made from a seed.

`texts` has the words, `bodies` what is made of them, `requests` whole requests as bytes, and `wire`
sends them. `tests/e2e/test_bad_input.py` drives them to every route.
"""
