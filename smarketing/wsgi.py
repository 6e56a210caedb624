"""The WSGI application of the web process."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from lib.languages import load_languages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
os.environ.setdefault("SMARKETING_PROCESS", "web")

application = get_wsgi_application()

# Gunicorn loads this once and forks: what is imported by now, and left alone by the collector, is held once for all.
assert get_resolver().url_patterns
load_languages()
gc.collect()
gc.freeze()
