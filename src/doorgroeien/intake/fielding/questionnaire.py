"""The instrument as a questionnaire for one role: what is asked, in which order, and what is skipped."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from doorgroeien.data.tables import load_all
from doorgroeien.survey.instrument import ROLES, Instrument, load_instrument, routing_of

__all__ = [
    "IDENTIFIERS",
    "Option",
    "Part",
    "Question",
    "Questionnaire",
    "questionnaires",
    "words",
    "write_questionnaires",
]

IDENTIFIERS = ("wave", "role", "municipality")  # what every filled questionnaire carries beside its answers
ENDINGS = {"xlsform": "xlsx", "html": "html", "docx": "docx"}
MARK = re.compile(r"(\[[^\]]+\])")  # what is left to fill in


@dataclass(frozen=True)
class Option:
    """An answer that can be chosen; ``missing`` where it is none, such as *don't know*."""

    code: int
    label: str
    missing: bool


@dataclass(frozen=True)
class Question:
    """An item as it is put. It is skipped where the answer to the item ``after`` is the option ``when``."""

    item: str
    number: int
    text: str
    scale: str
    options: tuple[Option, ...]
    after: "Question | None" = None
    when: Option | None = None


@dataclass(frozen=True)
class Part:
    """Questions under one heading, a part of a dimension."""

    code: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Questionnaire:
    """All that one role is asked in one wave, in one language."""

    role: str
    form: str
    language: str
    wave: int
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """Return the name of its file, without ending."""
        return f"questionnaire-{self.wave}-{self.role}-{self.form.replace('_', '-')}-{self.language}"

    @property
    def title(self) -> str:
        """Return its title."""
        return self.words("title", self.role)

    @property
    def introduction(self) -> list[tuple[str, str]]:
        """Return heading and text of each section that stands before the questions."""
        count = sum(len(part.questions) for part in self.parts)
        return [
            (pair[f"head_{self.language}"], pair[self.language].format(wave=self.wave, count=count))
            for pair in words()["introduction"].values()
        ]

    @property
    def questions(self) -> list[Question]:
        """Return all questions in their order."""
        return [question for part in self.parts for question in part.questions]

    def words(self, section: str, key: str, **fields: object) -> str:
        """Return words of the questionnaire in its language, with their fields filled in."""
        return words()[section][key][self.language].format(**fields)


@cache
def words() -> dict:
    """Return the words of questionnaires and of what goes with them, by section, key and language."""
    file = files("doorgroeien.intake.fielding") / "words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def questionnaires(
    root: Path, roles: tuple[str, ...], language: str, form: str, wave: int
) -> list[Questionnaire]:
    """Return the questionnaire of each role, without those of whom the form asks nothing."""
    instrument, routing = load_instrument(root), routing_of(root)
    titles = load_all(root, only=("dimensions",))["dimensions"].set_index("code")[f"label_{language}"]
    found = []
    for role in roles or ROLES:
        names = _ordered(instrument.asked(form, role), instrument, routing)
        if names:
            parts = _parts(names, instrument, routing, titles, language)
            found.append(Questionnaire(role, form, language, wave, parts))
    return found


def write_questionnaires(
    out: Path, root: Path, roles: tuple[str, ...], language: str, kind: str, form: str, wave: int
) -> list[Path]:
    """Write questionnaires into the folder ``out``, as ``xlsform``, ``html`` or ``docx``; return their paths.

    Raises :class:`FieldingError`, and writes nothing, where one of the files is there already.
    """
    from doorgroeien.intake.fielding import document, page, writing, xlsform

    write = {"xlsform": xlsform.as_xlsform, "html": page.as_page, "docx": document.as_document}[kind]
    found = questionnaires(root, roles, language, form, wave)
    return writing.write_new(out, {f"{one.name}.{ENDINGS[kind]}": write(one) for one in found})


def _ordered(names, instrument, routing):
    """Return items part by part, with each that may be skipped directly behind the one that decides it."""
    parts = list(dict.fromkeys(instrument.items.loc[names, "dimension"]))
    names = sorted(names, key=lambda name: parts.index(instrument.items.at[name, "dimension"]))
    behind = {}
    for item, after in routing["after"].items():
        if item in names and after in names:
            behind.setdefault(after, []).append(item)
    moved = {item for items in behind.values() for item in items}
    return [one for name in names if name not in moved for one in (name, *behind.get(name, []))]


def _parts(names, instrument: Instrument, routing, titles, language):
    put, parts = {}, {}
    for number, name in enumerate(names, start=1):
        item = instrument.items.loc[name]
        after = put.get(routing["after"].get(name))
        code = routing["code"].get(name)
        when = next((option for option in after.options if option.code == code), None) if after else None
        options = _options(instrument.codes, item["scale"], language)
        put[name] = Question(name, number, item[f"wording_{language}"], item["scale"], options, after, when)
        parts.setdefault(item["dimension"], []).append(put[name])
    return tuple(Part(code, titles[code], tuple(questions)) for code, questions in parts.items())


def _options(codes, scale, language):
    rows = codes[codes["scale"] == scale]
    return tuple(
        Option(int(row["code"]), row[f"label_{language}"], bool(pd.notna(row["missing"])))
        for _, row in rows.iterrows()
    )
