"""The words for every reason: why a row was refused, a file, a mapping, and what was kept although odd."""

import json
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from leads.imports.mapping import Problem
from leads.imports.rule_words import numbers_of

# Reason → (what is wrong, what stood there and what to do). Placeholders are those of the refusal.
ROW_REASONS: Final[dict[str, tuple[Any, Any]]] = {
    "line_too_long": (_("Line is too long"), _("It is longer than any row can be.")),
    "nul_byte": (_("Line holds a NUL character"), _("Remove it: no program can show or store it.")),
    "undecodable": (_("Line is in no known encoding"), _("Save the file as UTF-8.")),
    "open_quote": (_("Quote is not closed"), _("A quote opened on line %(line)s is not closed.")),
    "open_quote_cells": (
        _("Row has %(cells)s cells, headings %(headings)s"),
        _(
            "Line %(last_line)s has %(cells)s cells and the headings have %(headings)s. "
            "A quote opened on line %(line)s is not closed."
        ),
    ),
    "bad_quote": (_("Quote inside a quoted cell"), _("Write it twice, or take it out.")),
    "ragged": (
        _("Row has %(cells)s cells, headings %(headings)s"),
        _("Line %(line)s has %(cells)s cells and the headings have %(headings)s."),
    ),
    "empty_row": (_("Row is empty"), _("There is nothing on it to import.")),
    "error_cell": (
        _("Cell holds an error"),
        _("“%(value)s” in %(column)s. Mend the formula, or empty the cell."),
    ),
    "cell_too_long": (_("Cell is too long"), _("It has %(chars)s characters; %(limit)s can be kept.")),
    "bad_email": (_("E-mail is not an address"), _("“%(value)s” in %(column)s. Complete or correct it.")),
    "bad_phone": (_("Phone cannot be dialled"), _("“%(value)s” in %(column)s.")),
    "bad_date": (_("Date cannot be read"), _("“%(value)s” in %(column)s is not in the stated form.")),
    "no_such_day": (_("Date cannot be read"), _("“%(value)s” in %(column)s. There is no such day.")),
    "future_date": (_("Date lies in the future"), _("“%(value)s” in %(column)s has not happened yet.")),
    "bad_number": (_("Number cannot be read"), _("“%(value)s” in %(column)s.")),
    "bad_whole_number": (_("Not a whole number"), _("“%(value)s” in %(column)s.")),
    "bad_yes_no": (_("Neither yes nor no"), _("“%(value)s” in %(column)s.")),
    "bad_consent": (_("Consent cannot be read"), _("“%(value)s” in %(column)s. Write yes or no.")),
    "too_long": (
        _("Text is too long"),
        _("%(column)s has %(chars)s characters; %(limit)s can be kept."),
    ),
    "unknown_country": (_("Country is not known"), _("“%(value)s” in %(column)s. Two letters always work.")),
    "unknown_language": (
        _("Language is not known"),
        _("“%(value)s” in %(column)s. Two letters always work."),
    ),
    "unknown_choice": (_("Not a choice of this field"), _("“%(value)s” in %(column)s.")),
    "unknown_status": (_("Status is not known"), _("“%(value)s” in %(column)s.")),
    "unknown_stage": (_("Stage is not known"), _("“%(value)s” in %(column)s.")),
    "unknown_owner": (_("Nobody here has this name"), _("“%(value)s” in %(column)s.")),
    "bad_domain": (_("Web address cannot be read"), _("“%(value)s” in %(column)s.")),
    "unknown_deal_stage": (_("Deal stage is not known"), _("“%(value)s” in %(column)s.")),
    "negative_amount": (_("Amount is below zero"), _("“%(value)s” in %(column)s.")),
    "bad_currency": (_("Currency is not known"), _("“%(value)s” in %(column)s. Write three letters: EUR.")),
    "closed_without_date": (_("Closed without a date"), _("A won or lost deal needs the day it was closed.")),
    "no_email": (_("E-mail is missing"), _("Contacts of this file are known by their e-mail.")),
    "no_external_id": (
        _("External id is missing"),
        _("Contacts of this file are known by their id in the other system."),
    ),
    "no_identity": (_("Neither e-mail nor external id"), _("Nothing says who this is.")),
    "identities_disagree": (
        _("Two different contacts"),
        _("The e-mail belongs to one contact, the external id to another. Merge them first."),
    ),
    "external_id_taken": (
        _("External id belongs to another contact"),
        _("“%(value)s”. The contact with this id has another e-mail."),
    ),
    "email_taken": (
        _("E-mail belongs to another contact"),
        _("“%(value)s”. Identify contacts by both to bring them together."),
    ),
    "same_as_line": (_("Same person as line %(other)s"), _("%(value)s. Line %(other)s was kept.")),
    "in_quarantine": (
        _("Waits in quarantine already"),
        _("The same was sent before. Complete it there, or discard it."),
    ),
    "unknown_contact": (
        _("Contact is not known"),
        _("“%(value)s”. Import the contacts first, or let unknown ones be created."),
    ),
    "deal_of_another": (_("Deal of another contact"), _("The deal with this id belongs to somebody else.")),
    "rule_forbids": (_("Rule %(rule)s (v%(version)s) does not allow it"), _("It says: %(text)s")),
    "rule_unanswered": (
        _("Rule %(rule)s (v%(version)s) warns of it"),
        _("It says: %(text)s Import the row again and give the reason."),
    ),
    "same_deal_as_line": (_("Same deal as line %(other)s"), _("Line %(other)s was kept.")),
}

# Why taking an import back leaves a contact, or some of its facts.
UNDO_REASONS: Final[dict[str, Any]] = {
    "edited": _("Somebody has edited the contact since."),
    "moved": _("Somebody has changed its stage, status, owner or consent since."),
    "touched": _("The contact has been in touch with us since."),
    "worked_on": _("Somebody has worked on its tasks since."),
    "known_elsewhere": _("Another system knows the contact too."),
    "used": _("Something was made of it since: a handoff, a deal, an answer or a task."),
    "gone": _("The contact is no longer there."),
    "deal_edited": _("Somebody has edited the deal since."),
    "deal_used": _("Something was made of the deal since."),
    "not_kept": _("What it was before is no longer kept."),
    "deal_gone": _("The deal is no longer there."),
    "changed_since": _("Facts that were changed again since stay; the others are as before."),
    "consent_stays": _("A withdrawn consent is not given back."),
}

FILE_REASONS: Final[dict[str, Any]] = {
    "empty_file": _("The file is empty."),
    "file_gone": _(
        "The uploaded file is no longer on this server: a backup brings none back. Upload it again; rows that came in "
        "already change nothing."
    ),
    "file_too_large": _("The file is too large. Split it, or use the command import_contacts."),
    "old_excel_file": _("This is an old Excel file (.xls). Save it as .xlsx or CSV."),
    "open_document_file": _("This is an OpenDocument file. Save it as .xlsx or CSV."),
    "compressed_file": _("This is a compressed archive. Unpack it and choose the table inside."),
    "not_a_table": _("This is a document or a picture, not a table. Choose a CSV or XLSX file."),
    "broken_archive": _("This Excel file is damaged. Open it in a spreadsheet and save it again."),
    "formulas_without_results": _(
        "Formulas have no results, in cell %(cell)s for one. Open the file in a spreadsheet and save it again."
    ),
    "sheet_too_large": _("This Excel file is too large. Save it as CSV."),
    "zip_bomb": _("This Excel file unpacks to something far too large and was not opened."),
    "headings_unreadable": _("The headings on line %(line)s cannot be read."),
    "too_many_columns": _("The file has %(columns)s columns; at most %(limit)s can be read."),
    "no_row_readable": _("No row could be read. The file is still read as before."),
    "one_column": _("The whole file would be one column. It is still read as before."),
    "too_many_rows": _("The file has more than %(limit)s rows. Split it."),
}

# How a text file is read: by the name that the reader knows it by.
ENCODINGS: Final[dict[str, Any]] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "iso8859_15": "ISO-8859-15",
    "mac_roman": "Mac Roman",
    "cp850": _("DOS, Western (850)"),
    "cp1250": _("Windows-1250, Central Europe"),
    "cp1251": _("Windows-1251, Cyrillic"),
    "cp1253": _("Windows-1253, Greek"),
    "cp1254": _("Windows-1254, Turkish"),
}
SEPARATORS: Final = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), "|": _("bars")}

PROBLEMS: Final[dict[str, Any]] = {
    "not_a_mapping": _("This is not a mapping: an object with “columns” is needed."),
    "unknown_option": _("There is no option %(option)s."),
    "bad_option": _("“%(value)s” is not a value of %(option)s."),
    "bad_column": _("The column %(column)s is not described in a known form."),
    "no_such_column": _("The file has no column %(column)s."),
    "target_twice": _("%(column)s and %(other)s become the same thing. Leave one of them out."),
    "unknown_stage": _("There is no stage %(stage)s."),
    "unknown_target": _("%(column)s becomes %(target)s, which does not exist."),
    "bad_field_key": _(
        "The key of the new field for %(column)s may hold small letters, digits and underscores."
    ),
    "new_field_without_type": _("Choose the type of the new field for %(column)s."),
    "no_email_column": _("Contacts are identified by e-mail, and no column becomes the e-mail."),
    "no_external_id_column": _(
        "Contacts are identified by an external id, and no column becomes the external id."
    ),
    "no_system": _("Name the system whose ids these are."),
}


def reason_title(reason: str, params: dict[str, Any]) -> str:
    return _filled(ROW_REASONS.get(reason, (reason, ""))[0], params)


def reason_detail(reason: str, params: dict[str, Any]) -> str:
    return _filled(ROW_REASONS.get(reason, ("", ""))[1], params)


def reason_sentence(reason: str, params: dict[str, Any]) -> str:
    """Title and detail in one line, for the report of a command and the file of refused rows."""
    return f"{reason_title(reason, params)}. {reason_detail(reason, params)}".strip()


def undo_reason(reason: str) -> str:
    return str(UNDO_REASONS.get(reason, reason))


def file_reason(code: str, params: dict[str, Any]) -> str:
    return _filled(FILE_REASONS.get(code, code), params)


def encoding_name(encoding: str) -> str:
    """What a page calls it; of one that it does not offer, the name that the machine knows."""
    encoding = "utf-16" if encoding.startswith("utf-16") else encoding
    return str(ENCODINGS.get(encoding, encoding.replace("_", "-").upper()))


def as_error(code: str, params: dict[str, Any]) -> str:
    """What a run keeps of such a reason: a worker does not know who will read it, and in which language."""
    return json.dumps({"code": code, "params": params})


def error_sentence(error: str) -> str:
    """Why a run could not go on: the reason it kept, or what the database said."""
    try:
        told = json.loads(error)
        return file_reason(told["code"], told["params"])
    except (ValueError, TypeError, KeyError):
        return error


def problem_sentence(problem: Problem) -> str:
    return _filled(PROBLEMS.get(problem.code, problem.code), {**problem.params, "column": problem.column})


def warning_sentence(told: dict[str, Any]) -> str:
    """One odd thing that was kept, or left out on request, with how often and the first lines."""
    count = told["count"]
    lines = ", ".join(str(line) for line in told["lines"][:5]) + (", …" if count > 5 else "")
    params = {"count": count, "lines": lines, "column": told["column"]}
    if told["code"] in RULE_CODES:
        return _of_rule(told["code"], params)
    match told["code"]:
        case "impossible_order":
            text = ngettext(
                "%(count)s row reaches a later stage before an earlier one; kept as it says (line %(lines)s).",
                "%(count)s rows reach a later stage before an earlier one; kept as they say (lines %(lines)s).",
                count,
            )
        case "won_before_first_contact":
            text = ngettext(
                "%(count)s deal was won before its contact’s first contact; kept as it says (line %(lines)s).",
                "%(count)s deals were won before their contact’s first contact; kept as they say (lines %(lines)s).",
                count,
            )
        case "stage_before_first_contact":
            text = ngettext(
                "%(count)s row reaches a stage before its first contact; kept as it says (line %(lines)s).",
                "%(count)s rows reach a stage before their first contact; kept as they say (lines %(lines)s).",
                count,
            )
        case "closed_before_opened":
            text = ngettext(
                "%(count)s deal was closed before it was opened; kept as it says (line %(lines)s).",
                "%(count)s deals were closed before they were opened; kept as they say (lines %(lines)s).",
                count,
            )
        case "stays_open":
            text = ngettext(
                "%(count)s deal stays open: somebody moved it after its closing date in the file (line %(lines)s).",
                "%(count)s deals stay open: somebody moved them after the closing date in the file (lines %(lines)s).",
                count,
            )
        case "stage_behind":
            text = ngettext(
                "%(count)s row names a stage behind the one its contact is in; not moved back (line %(lines)s).",
                "%(count)s rows name a stage behind the one their contact is in; not moved back (lines %(lines)s).",
                count,
            )
        case "unknown_owner":
            text = ngettext(
                "%(count)s value of %(column)s names nobody here, or several; left without an owner (line %(lines)s).",
                "%(count)s values of %(column)s name nobody here, or several; left without an owner (lines %(lines)s).",
                count,
            )
        case _:
            text = ngettext(
                "%(count)s value of %(column)s was not understood and left out (line %(lines)s).",
                "%(count)s values of %(column)s were not understood and left out (lines %(lines)s).",
                count,
            )
    return text % params


RULE_CODES: Final = ("rule_asks", "rule_overridden", "rule_noted", "rule_history", "rule_left_out")


def _of_rule(code: str, params: dict[str, Any]) -> str:
    """What came in, or would, that a rule of the rulebook speaks against."""
    rule, version = numbers_of(params["column"])
    count = params["count"]
    match code:
        case "rule_asks":
            text = ngettext(
                "%(count)s row is against rule %(rule)s (v%(version)s), which asks for a reason (line %(lines)s).",
                "%(count)s rows are against rule %(rule)s (v%(version)s), which asks for a reason (lines %(lines)s).",
                count,
            )
        case "rule_overridden":
            text = ngettext(
                "%(count)s row came in against rule %(rule)s (v%(version)s), for the reason on record"
                " (line %(lines)s).",
                "%(count)s rows came in against rule %(rule)s (v%(version)s), for the reason on record"
                " (lines %(lines)s).",
                count,
            )
        case "rule_noted":
            text = ngettext(
                "%(count)s row is against rule %(rule)s (v%(version)s); it comes in and is noted (line %(lines)s).",
                "%(count)s rows are against rule %(rule)s (v%(version)s); they come in and are noted"
                " (lines %(lines)s).",
                count,
            )
        case "rule_left_out":
            text = ngettext(
                "%(count)s row comes in without the stage, status or owner that rule %(rule)s (v%(version)s) does not"
                " allow (line %(lines)s).",
                "%(count)s rows come in without the stage, status or owner that rule %(rule)s (v%(version)s) does not"
                " allow (lines %(lines)s).",
                count,
            )
        case _:
            text = ngettext(
                "%(count)s row tells of something that rule %(rule)s (v%(version)s) speaks against, from before it"
                " was in force; kept, as it happened (line %(lines)s).",
                "%(count)s rows tell of something that rule %(rule)s (v%(version)s) speaks against, from before it"
                " was in force; kept, as it happened (lines %(lines)s).",
                count,
            )
    return text % {**params, "rule": rule, "version": version}


class _Blank(dict[str, Any]):
    """A refusal recorded by an older version may lack a parameter of today's sentence."""

    def __missing__(self, key: str) -> str:
        return "…"


def _filled(text: Any, params: dict[str, Any]) -> str:
    return str(text) % _Blank(params)
