"""A questionnaire as a document of a word processor, to edit and to print."""

import io

import docx
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from doorgroeien.intake.fielding.questionnaire import MARK, Questionnaire

__all__ = ["as_document"]

BOX = "\u2610"
SPOKEN = {"en": "en-GB", "nl": "nl-NL"}


def as_document(questionnaire: Questionnaire) -> bytes:
    """Return the file, on A4, with headings, a box before each answer, and what is left to fill in marked."""
    document = docx.Document()
    _set_up(document, questionnaire)
    document.add_heading(f"{questionnaire.title}, {questionnaire.wave}", level=0)
    for heading, text in questionnaire.introduction:
        document.add_heading(heading, level=2)
        _marked(document.add_paragraph(), text)
    paragraph = document.add_paragraph()
    paragraph.add_run(questionnaire.words("asked", "municipality")).bold = True
    paragraph.add_run(f"\n{BOX}{BOX}{BOX}{BOX}  {questionnaire.words('asked', 'code')}")
    for part in questionnaire.parts:
        document.add_heading(part.title, level=1)
        for question in part.questions:
            _question(document, question, questionnaire)
    document.add_paragraph(questionnaire.words("asked", "thanks"))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _set_up(document, questionnaire):
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(20)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = questionnaire.title, "", ""
    properties.language = language = SPOKEN[questionnaire.language]
    style = document.styles["Normal"]
    style.font.size = Pt(10.5)
    style.paragraph_format.space_after = Pt(4)
    for tag in document.styles.element.iter(qn("w:lang")):  # the language that spelling is checked in
        tag.set(qn("w:val"), language)


def _question(document, question, questionnaire):
    """Add a question, kept on one page with its answers."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(8)
    paragraph.add_run(f"{question.number}. {question.text}").bold = True
    paragraph.add_run(f"  {question.item}").font.size = Pt(7)
    lines = [paragraph]
    if question.after:
        told = questionnaire.words("asked", "skip", number=question.after.number, answer=question.when.label)
        lines.append(document.add_paragraph())
        lines[-1].add_run(told).italic = True
    for option in question.options:
        lines.append(document.add_paragraph(f"{BOX} {option.label}"))
        lines[-1].add_run(f"  {option.code}").font.size = Pt(7)
    for line in lines[:-1]:
        line.paragraph_format.keep_with_next = True
    for line in lines[1:]:
        line.paragraph_format.space_after = Pt(0)


def _marked(paragraph, text):
    for part in MARK.split(text):
        run = paragraph.add_run(part)
        if MARK.fullmatch(part):
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
