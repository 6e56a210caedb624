"""`python -m smarketing.stack run | web | worker | beat`."""

import sys

from smarketing.stack import programs, supervisor

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run"]:
            sys.exit(supervisor.run())
        case [("web" | "worker" | "beat") as process]:
            programs.become(process)
        case _:
            sys.exit(__doc__)
