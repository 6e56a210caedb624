"""Django's deployment check under the settings of production; nothing is contacted."""

import os
import secrets
import sys

from django.core.management import execute_from_command_line

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "smarketing.settings",
    "SMARKETING_PRODUCTION": "1",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "ALLOWED_HOSTS": "crm.example.org",
    "DATABASE_URL": "postgres://smarketing@localhost/smarketing",
    "REDIS_URL": "redis://localhost:6379/0",
}

if __name__ == "__main__":
    os.environ.update(PRODUCTION)
    sys.path.insert(0, os.getcwd())
    execute_from_command_line(["manage.py", "check", "--deploy", "--fail-level", "WARNING"])
