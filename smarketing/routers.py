"""Which database answers: the replica for reports, the primary for everything else."""

from typing import Any

from django.db.models import Model


class ReplicaRouter:
    """Reporting reads what it has written already; anything that decides reads the primary."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return "replica" if model._meta.app_label == "reporting" else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return "default"

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"
