"""`python -m benchmarks`: measure everything, or what is named: `… benchmarks drain read`."""

import sys

from benchmarks import accept, drain, latency, read

_ALL = {"latency": latency, "accept": accept, "drain": drain, "read": read}

for name in sys.argv[1:] or _ALL:
    if name not in _ALL:
        sys.exit(f"There is no benchmark {name!r}, but: {', '.join(_ALL)}")
    _ALL[name].main()
