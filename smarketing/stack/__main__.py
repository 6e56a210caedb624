"""`python -m smarketing.stack run | web | worker | beat | prepare | health`, in a checkout or a container."""

import os
import sys
import urllib.request

from smarketing.stack import programs, supervisor


def health() -> None:
    """Exit 0 when the web process of this machine answers."""
    port = int(os.environ.get("PORT", "8000"))
    urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=4).close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run"]:
            sys.exit(supervisor.run())
        case [("web" | "worker" | "beat" | "prepare") as process]:
            programs.become(process)
        case ["health"]:
            health()
        case _:
            sys.exit(__doc__)
