"""A questionnaire as XLSForm, the form of the tools that stand on ODK.

Questions are named as items and choices as codes, so that what a tool gives back needs no mapping.
"""

import io

import openpyxl
from openpyxl.styles import Font

from doorgroeien.intake.fielding.questionnaire import Questionnaire

__all__ = ["as_xlsform"]

SURVEY = (
    *("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message"),
    *("calculation", "appearance"),
)
LANGUAGES = {"en": "English (en)", "nl": "Nederlands (nl)"}
SPOKEN = ("label", "hint", "constraint_message")
CODE = "regex(., '^[0-9]{4}$')"  # a municipality, as Statistics Netherlands numbers it


def as_xlsform(questionnaire: Questionnaire) -> bytes:
    """Return the workbook with the sheets ``survey``, ``choices`` and ``settings``."""
    language = LANGUAGES[questionnaire.language]
    book = openpyxl.Workbook()
    survey = book.active
    survey.title = "survey"
    _fill(survey, SURVEY, _survey(questionnaire), language)
    choices = {
        (question.scale, option.code): {
            "list_name": question.scale,
            "name": str(option.code),
            "label": option.label,
        }
        for question in questionnaire.questions
        for option in question.options
    }
    _fill(book.create_sheet("choices"), ("list_name", "name", "label"), choices.values(), language)
    settings = {
        "form_title": questionnaire.title,
        "form_id": questionnaire.name.replace("-", "_"),
        "version": str(questionnaire.wave),
        "default_language": language,
    }
    _fill(book.create_sheet("settings"), tuple(settings), [settings], language)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _survey(questionnaire):
    """Give the rows of the sheet ``survey``."""
    yield {"type": "start", "name": "start"}
    yield {"type": "end", "name": "end"}
    # A calculation is an expression, so a text stands in quotation marks.
    yield {"type": "calculate", "name": "wave", "calculation": str(questionnaire.wave)}
    yield {"type": "calculate", "name": "role", "calculation": f"'{questionnaire.role}'"}
    text = "\n\n".join(f"**{heading}**\n{text}" for heading, text in questionnaire.introduction)
    yield {"type": "note", "name": "introduction", "label": text}
    yield {
        "type": "text",
        "name": "municipality",
        "label": questionnaire.words("asked", "municipality"),
        "hint": questionnaire.words("asked", "code"),
        "required": "yes",
        "constraint": CODE,
        "constraint_message": questionnaire.words("asked", "code"),
    }
    for part in questionnaire.parts:
        name = f"part_{part.code}"
        yield {"type": "begin_group", "name": name, "label": part.title, "appearance": "field-list"}
        yield from map(_question, part.questions)
        yield {"type": "end_group", "name": name}
    yield {"type": "note", "name": "thanks", "label": questionnaire.words("asked", "thanks")}


def _question(question):
    row = {"type": f"select_one {question.scale}", "name": question.item, "label": question.text}
    row["required"] = "yes"
    if question.after:
        row["relevant"] = f"${{{question.after.item}}} != '{question.when.code}'"
    return row


def _fill(sheet, columns, rows, language):
    sheet.append([f"{name}::{language}" if name in SPOKEN else name for name in columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([row.get(name) for name in columns])
        for cell in sheet[sheet.max_row]:
            cell.data_type = "s" if cell.value is not None else cell.data_type  # a code is no number
    sheet.freeze_panes = "A2"
