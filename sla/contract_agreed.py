"""How agreements call, show, copy and weigh the contract."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role
from agreements.kinds import Kind, register
from sla.actions.contracts import copy_clauses_and_calendars
from sla.contract_consequences import consequences
from sla.contract_obstacles import obstacles
from sla.contract_words import DRAFTERS, SUBJECT, contract_sections, contract_url
from sla.models import ContractVersion

TEAMS = frozenset({Role.REP.value, Role.MARKETER.value, Role.MANAGER.value})
"""Whom the contract binds: an administrator keeps the house."""


def register_contract() -> None:
    register(
        Kind(
            prefix=SUBJECT,
            label=gettext_lazy("Contract"),
            model=ContractVersion,
            title=lambda version: _("Marketing and sales"),
            url=contract_url,
            edit_url=lambda version: reverse("sla:contract-edit"),
            drafted_by=DRAFTERS,
            sections=contract_sections,
            copy_rows=copy_clauses_and_calendars,
            consequences=consequences,
            obstacles=obstacles,
            commented_by=DRAFTERS,
            read_by=TEAMS,
            icon="handshake",
        )
    )
