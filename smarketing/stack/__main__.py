"""`python -m smarketing.stack run | web | worker | beat | prepare | health [beat]`, in a checkout or a container."""

import os
import sys
from datetime import UTC, datetime, timedelta

from smarketing.stack import health, programs, supervisor

BEAT_SILENCE = timedelta(minutes=3)


def health_of_web() -> None:
    """Exit 0 when the web process of this machine answers."""
    port = int(os.environ.get("PORT", "8000"))
    try:
        health.ask(port, seconds=4)
    except OSError as error:
        sys.exit(f"The web process does not answer at port {port}: {error}")


def health_of_beat() -> None:
    """Exit 0 when beat has sent something within the last minutes; it does so every ten seconds."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "smarketing.settings"
    from smarketing import heartbeats

    told = heartbeats.last_of(heartbeats.BEAT)
    if told is None or datetime.now(UTC) - told > BEAT_SILENCE:
        sys.exit(f"Beat was last heard of: {told or 'never'}.")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run"]:
            sys.exit(supervisor.run())
        case [("web" | "worker" | "beat" | "prepare") as process]:
            programs.become(process)
        case ["health"]:
            health_of_web()
        case ["health", "beat"]:
            health_of_beat()
        case _:
            sys.exit(__doc__)
