"""Reads from the source which functions change what a rule of the rulebook can speak at: the doors, found, not told."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

APPS = ("leads", "sla", "reporting", "smarketing")
"""The layers that can reach a contact; the demo tells a story and is no way in."""

WRITERS = frozenset(
    {
        "leads.actions.ledger.move_stage",
        "leads.actions.ledger.move_status",
        "leads.actions.ledger.move_owner",
        "leads.actions.contacts._insert",
        "leads.actions.contacts._save",
        "leads.actions.deals.open_deal",
        "leads.actions.deals._written",
        "leads.messaging.noting.note_messages",
        "leads.actions.sending._kept",
        "sla.actions.routing.route",
        "sla.late_answers.note_late",
        "leads.policies.inquire",
        "leads.imports.running._load_next",
        "leads.imports.undoing._next",
    }
)
"""What writes a stage, a status, an owner, a contact, a deal or a message, answers whom to write to, gives a lead,
notes a late answer, or asks before a worker will; an import is SQL."""


def _modules() -> Iterator[tuple[str, ast.Module]]:
    root = Path(settings.BASE_DIR)
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            inside = path.relative_to(root)
            if "migrations" in inside.parts or "demo" in inside.parts:
                continue
            name = ".".join(inside.with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(path.read_text())


def _named(module: str, tree: ast.Module) -> dict[str, str]:
    """What a name of this module stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found | {
        node.name: f"{module}.{node.name}"
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def _used(node: ast.AST, names: dict[str, str]) -> set[str]:
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in names:
            found.add(names[part.id])
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in names:
            found.add(f"{names[part.value.id]}.{part.attr}")
    return found


@cache
def _graph() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By function, what it uses and the names of its parameters."""
    uses: dict[str, set[str]] = {}
    parameters: dict[str, set[str]] = {}
    for module, tree in _modules():
        names = _named(module, tree)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                uses[names[node.name]] = _used(node, names)
            if isinstance(node, ast.FunctionDef):
                parameters[names[node.name]] = {arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)}
    return uses, parameters


def writing() -> set[str]:
    """Every function from which a writer is reached."""
    uses, _ = _graph()
    reached, before = set(WRITERS), 0
    while len(reached) > before:
        before = len(reached)
        reached |= {name for name, used in uses.items() if used & reached}
    return reached


def doors() -> set[str]:
    """Those that others call: with the moment, a clock, or moves that have theirs. Pages and tasks call these."""
    _, parameters = _graph()
    return {
        name
        for name in writing()
        if name in parameters
        and not name.startswith(
            ("leads.actions.ledger.", "leads.actions.doors.", "leads.policies.", "sla.actions.routing.")
        )
        and not name.rpartition(".")[2].startswith("_")
        and parameters[name] & {"at", "clock", "moves"}
    }


def callers_of_the_ledger() -> set[str]:
    """Who writes stages and statuses without a door between."""
    uses, _ = _graph()
    ledger = {f"leads.actions.ledger.move_{kind}" for kind in ("stage", "status", "owner", "consent")}
    return {name for name, used in uses.items() if used & ledger}


def is_known(name: str) -> bool:
    return name in _graph()[0]
