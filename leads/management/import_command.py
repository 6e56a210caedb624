"""What `import_contacts` and `import_deals` share: a file and a mapping in, a report out."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from leads.imports import files, proposing, refusals, running, runs
from leads.imports import mapping as mappings
from leads.imports.mapping import Mapping, MappingRefused
from leads.imports.reading import FileRefused
from leads.imports.rule_words import RuleTexts
from leads.imports.wording import (
    as_error,
    error_sentence,
    file_reason,
    problem_sentence,
    reason_sentence,
    warning_sentence,
)
from leads.models import ImportRun

CHUNK = 1024 * 1024
REPORT_EVERY = timedelta(seconds=20)
SHOWN_REFUSALS = 20


class ImportCommand(BaseCommand):
    """`kind` is what a row of the file is."""

    kind = "contacts"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV or XLSX file")
        parser.add_argument("--mapping", type=Path, help="JSON; without it, the headings decide")
        parser.add_argument("--as", dest="user", default="", help="e-mail of the person who imports")
        parser.add_argument("--reason", default="", help="why, against what the rulebook warns of")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--show-mapping", action="store_true", help="print the mapping and stop")
        parser.add_argument("--refused", type=Path, help="write the refused rows and their reasons here")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        run = self._received(options["file"], user=options["user"], at=at)
        try:
            mapping = self._mapping(run, options["mapping"])
            if mapping.encoding or mapping.separator:
                runs.look_again(run, mapping=mapping)
        except CommandError:
            _forget(run)
            raise
        except FileRefused as refusal:
            _forget(run)
            raise CommandError(file_reason(refusal.code, refusal.params)) from None
        if options["show_mapping"]:
            self.stdout.write(json.dumps(mapping.as_json(), ensure_ascii=False, indent=2))
            _forget(run)
            return
        try:
            runs.map_columns(run, mapping=mapping, actor=run.created_by, at=at)
        except MappingRefused as refusal:
            _forget(run)
            raise CommandError("\n".join(problem_sentence(problem) for problem in refusal.problems)) from None
        if options["dry_run"]:
            self._say(self._rehearsed(run, at=at), options, is_rehearsal=True)
            return
        runs.start(run, at=at, reason=options["reason"])
        self._run(run, is_quiet=options["json"])
        if options["refused"]:
            options["refused"].write_bytes(b"".join(refusals.as_csv(run)))
        self._say(_report(run), options, is_rehearsal=False)

    def _rehearsed(self, run: ImportRun, *, at: datetime) -> dict[str, Any]:
        run.started_at = at
        try:
            return running.rehearse(run, examples=0)
        except FileRefused as refusal:
            raise CommandError(file_reason(refusal.code, refusal.params)) from None
        finally:
            _forget(run)

    def _run(self, run: ImportRun, *, is_quiet: bool) -> None:
        """To its end; a file that ends in the middle ends the import too, and what came in stays."""
        try:
            while running.run_batches(run.pk, clock=timezone.now, lasting=REPORT_EVERY):
                run.refresh_from_db()
                if not is_quiet:
                    self.stderr.write(f"line {run.position:,}")
        except FileRefused as refusal:
            error = as_error(refusal.code, refusal.params)
            runs.fail(run.pk, error=error, at=timezone.now())
            raise CommandError(error_sentence(error)) from None
        run.refresh_from_db()

    def _received(self, path: Path, *, user: str, at: Any) -> ImportRun:
        actor = User.objects.filter(email=user.lower()).first() if user else None
        if user and actor is None:
            raise CommandError(f"Nobody here signs in as {user}.")
        try:
            zone = actor.time_zone if actor else "UTC"
            return runs.receive(_chunks(path), file_name=path.name, actor=actor, at=at, time_zone=zone)
        except FileNotFoundError:
            raise CommandError(f"There is no file {path}.") from None
        except (IsADirectoryError, PermissionError) as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except FileRefused as refusal:
            raise CommandError(str(file_reason(refusal.code, refusal.params))) from None

    def _mapping(self, run: ImportRun, path: Path | None) -> Mapping:
        if path is None:
            mapping = mappings.from_json(run.mapping)
            return mapping if mapping.kind == self.kind else proposing.proposed(run.shape, kind=self.kind)[0]
        try:
            mapping = mappings.from_json(json.loads(path.read_text()))
        except (OSError, json.JSONDecodeError) as error:
            raise CommandError(f"The mapping cannot be read: {error}") from None
        except MappingRefused as refusal:
            raise CommandError("\n".join(problem_sentence(problem) for problem in refusal.problems)) from None
        return replace(mapping, kind=self.kind)

    def _say(self, report: dict[str, Any], options: dict[str, Any], *, is_rehearsal: bool) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2, default=str))
            return
        verb = "would be " if is_rehearsal else ""
        self.stdout.write(
            f"{report['created']:,} {verb}created, {report['updated']:,} {verb}updated, "
            f"{report['unchanged']:,} unchanged, {report['refused']:,} {verb}refused"
        )
        if report["quarantined"]:
            self.stdout.write(f"{report['quarantined']:,} {verb}kept in quarantine")
        for told in report["warnings"]:
            self.stdout.write(warning_sentence(told))
        texts = RuleTexts()
        for told in report["refusals"][:SHOWN_REFUSALS]:
            params = texts.filled(told["params"]) | {"line": told["line"]}
            self.stdout.write(f"line {told['line']}: {reason_sentence(told['reason'], params)}")


def _forget(run: ImportRun) -> None:
    """Nothing was imported: the copy of the file goes with the run."""
    run.delete()
    files.path_of(run).unlink(missing_ok=True)


def _report(run: ImportRun) -> dict[str, Any]:
    return {
        "created": run.created_count,
        "updated": run.updated_count,
        "unchanged": run.unchanged_count,
        "refused": run.refused_count,
        "quarantined": run.quarantined_count,
        "rows": run.row_count,
        "is_complete": run.state == ImportRun.State.DONE,
        "warnings": run.warnings,
        "refusals": running.first_refusals(run),
    }


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
