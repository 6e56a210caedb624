"""Static files under names that carry their hash, so that browsers may keep them for ever."""

from typing import ClassVar

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django's own expressions, which have no public name
IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]  # as above


class HashedFilesStorage(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between our ES modules; those of packages import names, not files."""

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns: ClassVar = ("js/*.js", IMPORTS)
