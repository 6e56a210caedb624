"""The whole content of the tables a change may touch, to show that a refusal touched none."""

from typing import Any

from django.apps import apps


def snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of accounts, lifecycle, personas, leads and sla, by table."""
    labels = ("accounts", "agreements", "lifecycle", "personas", "leads", "sla")
    return {
        model._meta.db_table: list(model._default_manager.order_by("pk").values_list())
        for label in labels
        for model in apps.get_app_config(label).get_models()
        if model._meta.managed  # the others are tables of one transaction
    }
