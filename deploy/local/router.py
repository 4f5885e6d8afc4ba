"""NGINX, prepared: the same template as in the containers, inside a main file for one machine."""

from __future__ import annotations

import errno
import os
import re
import resource
import socket
from collections.abc import Mapping, Sequence

from deploy.local import binaries
from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout

_TEMPLATE = ROOT / "nginx" / "templates" / "default.conf.template"
_STATIC = {
    "shared": ROOT / "nginx" / "static",
    "pages": ROOT / "nginx" / "pages",
    "vote": ROOT / "vote" / "static",
    "result": ROOT / "result" / "static",
    "admin": ROOT / "admin" / "static",
}
_MOST_CONNECTIONS = 16384

_MAIN = """\
daemon off;
{user}
pid nginx.pid;
worker_processes auto;
worker_shutdown_timeout 2s;
error_log stderr warn;
events {{
    worker_connections {connections};
}}
http {{
    # The wheel's NGINX would write a line for every vote into one file without end.
    access_log off;

    upstream votify_vote {{
        server unix:{vote};
        keepalive 64;
    }}
    upstream votify_admin {{
        server unix:{admin};
        keepalive 8;
    }}
    # A client stays with one process: requests of its polling transport belong together. So none
    # is ever set aside (max_fails=0): after a restart NGINX would let one request through to see
    # whether the process is back, and while that one polls for long, send the others elsewhere.
    upstream votify_result {{
        hash $remote_addr$http_user_agent consistent;
{results}
        keepalive 64;
    }}
{site}
}}
"""


def command(layout: Layout) -> list[str]:
    """Give the command that runs NGINX in the foreground."""
    home = layout.run / "nginx"
    return [str(binaries.nginx()), "-e", "stderr", "-p", f"{home}/", "-c", f"{home / 'nginx.conf'}"]


def prepare(
    layout: Layout, *, port: int, results: Sequence[str], environ: Mapping[str, str]
) -> None:
    """Write NGINX's configuration and lay out the static files of all parts under one root."""
    static = layout.run / "static"
    for name, folder in _STATIC.items():
        (static / name).symlink_to(folder)
    site = render(
        _TEMPLATE.read_text("utf-8"),
        {
            "LISTEN": str(port),
            "VOTE_UPSTREAM": "votify_vote",
            "RESULT_UPSTREAM": "votify_result",
            "ADMIN_UPSTREAM": "votify_admin",
            "RESOLVER": "",
            "STATIC_ROOT": str(static),
            "IMAGE_CACHE": str(layout.run / "nginx" / "images"),
            "VOTE_RATE": environ.get("VOTE_RATE") or "1000r/s",
            "REAL_CLIENT": "".join(
                f"set_real_ip_from {proxy}; "
                for proxy in environ.get("TRUSTED_PROXIES", "").split()
            ),
        },
    )
    sockets = (f"        server unix:{layout.socket(name)} max_fails=0;" for name in results)
    main = _MAIN.format(
        # Otherwise its workers become nobody, who may enter neither the run directory nor /root.
        user="user root;" if os.getuid() == 0 else "",
        connections=min(_MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2),
        vote=layout.socket("vote"),
        admin=layout.socket("admin"),
        results="\n".join(sockets),
        site=site,
    )
    (layout.run / "nginx" / "nginx.conf").write_text(main, "utf-8")


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill in each ${NAME} as envsubst does in the container; KeyError if one is unknown."""
    return re.sub(r"\$\{([A-Z_]+)\}", lambda found: values[found[1]], template)


def claim(port: int) -> int:
    """Check that the port is free, or find one for 0; raises StackError."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StackError(
                    f"Port {port} is in use by another program. "
                    f"Choose another: make run PORT={port + 1}"
                ) from None
            raise StackError(f"Port {port} cannot be used: {error.strerror}.") from None
        return int(probe.getsockname()[1])
