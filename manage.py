#!/usr/bin/env python
"""Run a management command; the embedded servers are started first when it needs them."""

import os
import sys

WITHOUT_SERVERS = {
    *("help", "version", "--help", "--version", "-h", "check", "diffsettings", "findstatic"),
    *("collectstatic", "makemessages", "compilemessages", "startapp"),
}


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
    from django.core.management import execute_from_command_line

    if not arguments[1:] or arguments[1] in WITHOUT_SERVERS or "--help" in arguments:
        execute_from_command_line(arguments)
        return
    from smarketing.stack.servers import Servers

    with Servers():
        execute_from_command_line(arguments)


if __name__ == "__main__":
    main(sys.argv)
