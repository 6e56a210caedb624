"""`python -m smarketing.beat SCHEDULE`: Celery's beat without its command line, which brings a whole shell."""

import sys

from celery.apps.beat import Beat

from smarketing.celery import app

if __name__ == "__main__":
    Beat(app=app, schedule=sys.argv[1], loglevel="WARNING", quiet=True).run()
