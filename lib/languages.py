"""The catalogues of all languages, loaded before a process forks, so that its children share them."""

from django.conf import settings
from django.utils import translation


def load_languages() -> None:
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            pass
