"""A chapter on answers that do not carry all of it: what cannot be estimated is said in its place.

The notebooks are written for a survey in which everything was asked of everybody. On other answers a kernel
runs them statement by statement. A statement that meets :class:`NotEstimableError`, or looks up what these
answers do not have, is skipped with its reason; so is each later one that needs what it would have made.
What a cell then did not publish gets a record that says so. All other errors stop the notebook, as ever.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from symtable import symtable
from typing import Any, cast

import numpy as np
from IPython import get_ipython
from IPython.display import display
from nbformat.v4 import new_output

from doorgroeien.data.paths import book_root
from doorgroeien.estimation.estimable import REASONS, NotEstimableError
from doorgroeien.intake.suspicions import COMPARED
from doorgroeien.publishing.words import phrase
from doorgroeien.results.chapter import title_of
from doorgroeien.results.formats import LANGUAGES
from doorgroeien.results.records import Bilingual, Figure, Record, Table
from doorgroeien.results.register import MIME, of_whom, records
from doorgroeien.survey.answers import SIZE_CLASSES, Survey
from doorgroeien.survey.instrument import ROLES, load_instrument
from doorgroeien.survey.selection import beside

__all__ = ["PREAMBLE", "fill_in", "named", "not_estimable", "start"]

PREAMBLE = f"__import__({__name__!r}, fromlist=['start']).start()"
RUN, TURNS, TURN = "__statements__", "__turns__", "__turn__"
LOST, IDS = "not_estimable", "ids"
CARRIED = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.FunctionDef)  # the cell goes on without them
SEPARATED = "Perfect separation"  # how statsmodels begins to say that one thing follows from another
VALUELESS = "Encountered all NA values"  # how pandas says that there is no highest or lowest of no values
CHANGING = {"add", "append", "extend", "insert", "pop", "remove", "update"}  # methods of lists, sets and such


class _Lost:
    """Stands in the namespace for what could not be estimated."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Statements:
    """Runs the statements of each cell in a namespace; IPython takes it for a transformer of its code."""

    def __init__(self, names: dict[str, Any]) -> None:
        """Take the namespace of the notebook."""
        self.names: dict[str, Any] = names
        self.body: list[ast.stmt] = []

    def visit(self, tree: ast.Module) -> ast.Module:
        """Keep the statements of a cell, and put one in their place that runs them."""
        self.body = tree.body
        return ast.parse(f"{RUN}()")

    def __call__(self) -> None:
        """Run the statements of the cell, but those that these answers do not carry."""
        self._carry(self.body)

    def _carry(self, body: list[ast.stmt], around: Sequence[ast.stmt] = ()) -> bool:
        """Run statements, which stand in a loop among others ``around``; tell whether the cell goes on."""
        for number, statement in enumerate(body):
            # What the cell made before may have been changed in part, such as a picture half drawn.
            before = [made for made in body[:number] if not isinstance(made, ast.FunctionDef)]
            cell = [*around, *before, *body[number:]]
            if isinstance(statement, ast.For) and not _leaves(statement):
                if not self._each(statement, cell):
                    return False
                continue
            reason = self._needs(statement) or self._run(statement)
            if reason is None:
                continue
            stops = not isinstance(statement, CARRIED) and not _publishes(statement)
            _say(reason, body[number:] if stops else [statement])
            if isinstance(statement, CARRIED):
                self._lose(_changed([statement]), reason)
            elif stops:
                self._lose(_changed(cell), reason)
                return False
        return True

    def _each(self, loop: ast.For, cell: list[ast.stmt]) -> bool:
        """Run the statements of a loop each time round, so that one time does not stop the next."""
        turns = ast.parse(f"{TURNS} = list({ast.unparse(loop.iter)})").body[0]
        if reason := self._needs(turns) or self._run(turns):
            _say(reason, [loop])
            self._lose(_changed(cell), reason)
            return False
        begin = ast.parse(f"{ast.unparse(loop.target)} = {TURN}").body[0]
        for turn in self.names.pop(TURNS):
            self.names[TURN] = turn
            self._run(begin)
            if not self._carry(loop.body, cell):
                return False
        return True

    def _needs(self, statement: ast.stmt) -> str | None:
        """Return why something that a statement uses could not be estimated, if so."""
        values = (self.names.get(name) for name in _used(statement))
        return next((value.reason for value in values if isinstance(value, _Lost)), None)

    def _run(self, statement: ast.stmt) -> str | None:
        """Run a statement; return why these answers do not carry it, if so."""
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", SEPARATED)
                exec(compile(ast.Module([statement], []), "<cell>", "exec"), self.names)
        except NotEstimableError as error:
            return error.reason
        except np.linalg.LinAlgError:
            return "dependent"
        except Warning as warning:
            if not str(warning).startswith(SEPARATED):
                raise
            return "separated"
        except (KeyError, IndexError, ValueError) as error:
            said = " ".join(map(repr, error.args))
            if isinstance(error, ValueError) and VALUELESS in said:
                return "undefined"
            surveys = [value for value in self.names.values() if isinstance(value, Survey)]
            if any(named(said, str(year)) for one in surveys for year in {*COMPARED} - {*one.waves["wave"]}):
                return "unmeasured"
            lacking = [(one, code) for one in surveys for code in one.absent if named(said, code)]
            if lacking:
                return "unknown" if all(code in one.unknown for one, code in lacking) else "absent"
            if isinstance(error, ValueError) or not any(named(said, code) for code in _codes()):
                raise
            return "few"
        return None

    def _lose(self, names: Iterable[str], reason: str) -> None:
        self.names |= dict.fromkeys(names, _Lost(reason))


@cache
def _codes() -> frozenset[str]:
    """Return the codes of all that a survey may have and these answers may lack, such as a part or a role."""
    items = load_instrument().items
    named = {code for name in ("subscale", "scale", "parallel") for code in items[name].dropna()}
    parts = items["dimension"]
    return frozenset({*items.index, *parts, *parts.str[0], *named, *ROLES, *SIZE_CLASSES})


def named(said: str, code: str) -> bool:
    """Tell whether an error names a code, in quotes, or a year; of an item also the columns made of it."""
    year = code.isdecimal() and len(code) == 4
    pattern = rf"\b{code}\b" if year else rf"['\"]{re.escape(code)}(_answer|_full|_quick_scan)?['\"]"
    return bool(re.search(pattern, said))


def start() -> None:
    """Let the kernel that this runs in carry notebooks over what answers do not carry."""
    shell = get_ipython()
    statements = Statements(shell.user_ns)
    shell.user_ns[RUN] = statements
    shell.ast_transformers.append(statements)


def fill_in(executed: Mapping[str, Any], stored: Mapping[str, Any], survey: Survey) -> None:
    """Add to the outputs of an executed notebook what its cells would have published, as not estimable.

    ``stored`` is the same notebook as the book has it, with the outputs of the reference survey; ``survey``
    holds the answers that ``executed`` rests on.
    """
    english, dutch = survey.edition.names
    edition: Bilingual = {"en": english, "nl": dutch}
    found = [record for cell in _code_cells(executed) for record in records(cell["outputs"])]
    published = {record["id"] for record in found}
    for record in found:
        if "not_estimable" in record and (own := _why(record, survey)):
            record["not_estimable"] = {"en": REASONS[own][0], "nl": REASONS[own][1]}
    for cell, twin in zip(_code_cells(executed), _code_cells(stored), strict=True):
        bundles = [output["data"].get(MIME, {}) for output in cell["outputs"]]
        reasons = [bundle for bundle in bundles if LOST in bundle]
        cell["outputs"] = [output for output in cell["outputs"] if records([output])]
        missing = [record for record in records(twin["outputs"]) if record["id"] not in published]
        for record in missing:
            reason = REASONS[_why(record, survey) or _said(record, reasons) or "absent"]
            lost = not_estimable(record, {"en": reason[0], "nl": reason[1]}, edition)
            if record["edition"] is not None:  # what is stored rests on the invented answers of the book
                lost["population"] = of_whom(record["population"], survey.edition.synthetic)
            data = {"text/plain": f"{record['id']}: not estimable", MIME: {"records": [lost]}}
            cell["outputs"].append(new_output("display_data", data))


def _why(record: Record, survey: Survey) -> str | None:
    """Return the name of the reason that a record has of its own: a role or question not asked, or a year."""
    years = set(map(str, COMPARED)) - set(survey.waves["wave"].astype("str"))
    if record["kind"] == "number" and any(year in (record["period"] or "") for year in years):
        return "unmeasured"
    lacking = survey.absent & set(record["id"].split("."))
    return ("unknown" if lacking <= survey.unknown else "absent") if lacking else None


def not_estimable(record: Record, reason: Bilingual, edition: Bilingual) -> Record:
    """Return the record of what could not be estimated; nothing in it comes from other answers.

    A figure or table keeps its title, so that readers know what is not there.
    """
    about: dict[str, Any] = {name: record[name] for name in ("kind", "id", "population", "sources")}
    about |= {"evidence": record["evidence"], "edition": record["edition"] and edition, LOST: reason}
    if record["kind"] == "number":
        about |= {name: record[name] for name in ("unit", "decimals", "definition", "period")}
        about |= dict.fromkeys(("value", "low", "high", "se", "n", "interval"))
        return cast(Record, about)
    waves = dict(zip(("before", "after"), map(str, COMPARED), strict=True))
    titles = title_of(book_root(), record["id"], f"{record['kind']}s", **waves)
    said = {
        lang: f"{titles.get(lang, '')} {phrase('result.cannot', lang, reason=reason[lang])}".lstrip()
        for lang in LANGUAGES
    }
    language = record.get("language", LANGUAGES[0])
    about |= {"caption": said, "data": {"columns": [LOST], "rows": [[reason[language]]]}}
    about |= {"language": language} if "language" in record else {}
    if record["kind"] == "figure":
        shown = {lang: phrase("result.no-picture", lang) for lang in LANGUAGES}
        return cast(Figure, about | {"alt": shown})
    label = phrase("result.not-estimable", language)
    column = {"name": LOST, "label": label, "unit": None, "decimals": None, "link": None}
    return cast(Table, about | {"columns": [column], "search": False})


def _code_cells(notebook: Mapping[str, Any]) -> Iterator[Any]:
    return (cell for cell in notebook["cells"] if cell["cell_type"] == "code")


def _say(reason: str, statements: Iterable[ast.stmt]) -> None:
    """Say why statements are skipped, and which ids they would have published."""
    said = {"records": [], LOST: reason, IDS: [*_ids(statements)]}
    display({"text/plain": f"Not estimable: {REASONS[reason][0]}", MIME: said}, raw=True)


def _ids(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """Return the ids that statements publish by a chapter, as patterns of what follows its name."""
    for call in (node for statement in statements for node in ast.walk(statement)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        owner, first = call.func.value, call.args[0]
        if isinstance(owner, ast.Name) and owner.id == "chapter" and isinstance(first, ast.Constant):
            yield re.sub(r"\\{\w+\\}", "[^.]+", re.escape(str(first.value)))


def _said(record: Record, reasons: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the reason of the statement that would have published a record, else the first of its cell."""
    id = record["id"].partition(".")[2]
    own = (
        lost[LOST] for lost in reasons for ids in lost.get(IDS, ()) if re.fullmatch(rf"{ids}(\.[^.]+)?", id)
    )
    return next(own, reasons[0][LOST] if reasons else None)


def _publishes(statement: ast.stmt) -> bool:
    """Tell whether a statement is a call that publishes, and so changes nothing else."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id == "chapter"
    return isinstance(function, ast.Name) and (
        function.id == beside.__name__ or function.id.startswith("publish")
    )


def _used(statement: ast.stmt) -> set[str]:
    """Return the names of the notebook that a statement uses, its functions and lambdas included."""
    tables, found = [symtable(ast.unparse(statement), "<cell>", "exec")], set()
    while tables:
        table = tables.pop()
        outer = table.get_type() == "module"
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (outer or symbol.is_global())
        }
        tables += table.get_children()
    added = (node.target for node in ast.walk(statement) if isinstance(node, ast.AugAssign))
    found |= {target.id for target in added if isinstance(target, ast.Name)}
    return found - _changed_by_loops(statement)


def _leaves(loop: ast.For) -> bool:
    """Tell whether a loop may end before its time, or does something at its end."""
    return bool(loop.orelse) or any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop))


def _changed_by_loops(statement: ast.stmt) -> set[str]:
    """Return the names that a loop gives a value before it uses them."""
    targets = [node.target for node in ast.walk(statement) if isinstance(node, ast.For)]
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def _changed(statements: Iterable[ast.stmt]) -> set[str]:
    """Return the names that statements bind, or whose value they change in part."""
    names: set[str] = set()
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Subscript | ast.Attribute) and (
            isinstance(node.ctx, ast.Store) or (isinstance(node, ast.Attribute) and node.attr in CHANGING)
        ):
            names |= {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
    return names
