"""
The whole of Votify on one machine without Docker: what `make run` starts.

    python -m deploy.local                  run in the foreground until Ctrl-C
    python -m deploy.local exec COMMAND …   run a command with the environment of that stack

`Stack` (stack.py) does the same from a program: tests, benchmarks and fault runs use it.

| file | what it knows |
|---|---|
| stack.py | the order: clean up, PostgreSQL, migrations, the rest; and back |
| layout.py | every path: what stays in DATA, what lives in the short-lived run directory |
| programs.py | each process: its command, environment and stop signal |
| binaries.py | where the PostgreSQL, Redis and NGINX programs are |
| postgres.py, router.py | how PostgreSQL and NGINX are prepared |
| supervision.py | supervisord: its configuration, its control socket |
| guard.py, leftovers.py | what stands between supervisord and a process: no two of a kind, ever |
| probes.py, patience.py | when a vote would really be counted; how long to wait for that |
| reload.py | RELOAD=1 |
"""
