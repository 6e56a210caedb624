"""The fingerprint of what is signed; knows no model."""

import hashlib
import json
from collections.abc import Mapping


def content_hash(content: Mapping[str, object]) -> str:
    """SHA-256 in hexadecimal of the content as JSON with sorted keys and no blanks."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
