"""
What Votify costs, measured: each figure beside a baseline of the same run, on the same machine.

`python -m benchmarks` runs them all; `README.md` holds the figures, dated.
"""
