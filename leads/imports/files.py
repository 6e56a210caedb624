"""Where imported files lie while they are needed: outside the web root, under names nobody can guess."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from leads.imports.records import MAX_FILE_BYTES, FileRefused
from leads.models import ImportRun


@dataclass(frozen=True, slots=True)
class StoredFile:
    stored_name: str
    size_bytes: int
    sha256: str

    @property
    def path(self) -> Path:
        return folder() / self.stored_name


def folder() -> Path:
    place = Path(settings.MEDIA_ROOT) / "imports"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def path_of(run: ImportRun) -> Path:
    return folder() / run.stored_name


def store(chunks: Iterable[bytes]) -> StoredFile:
    """Writes the chunks under a random name; a file over the limit is refused and leaves nothing behind."""
    name = secrets.token_hex(16)
    path = folder() / name
    digest, size = hashlib.sha256(), 0
    path.touch(mode=0o600)
    try:
        with path.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MAX_FILE_BYTES:
                    raise FileRefused("file_too_large", size=size, limit=MAX_FILE_BYTES)
                digest.update(chunk)
                file.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return StoredFile(name, size, digest.hexdigest())
