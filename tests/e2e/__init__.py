"""
All of Votify from outside, through the router, as voters, audiences and programs meet it.

The tests run against a stack that they start themselves, or against the one that VOTIFY_URL names;
those that stop processes or need polls of their own are skipped then.
"""
