"""The codebook and the model of the reference survey, written from the instrument and the code themselves.

``{codebook} 1`` lists the questions of a dimension, part by part, ``{codebook} scales`` the answer scales,
``{codebook} absent`` the questions without an answer;
``{model} LEVELS`` shows a table of parameters (its content heads the columns, with ``|`` between), and the
role ``{model}`CORRELATION` `` a single one.

What a page says of the questions depends on whose they are: the block ``{questionnaire} book`` stands where
they are the book's, ``{questionnaire} own`` where a package brought its own, and the role
``{questionnaire}`ours|theirs` `` says the one or the other.
"""

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective, SphinxRole

from doorgroeien.data.tables import load
from doorgroeien.intake.loading import load_survey
from doorgroeien.publishing.real_answers import elsewhere
from doorgroeien.sphinxext.content.language import foreign_words
from doorgroeien.synthetic import population

__all__ = ["own_questions", "setup", "table", "without_answer"]

KINDS = ("book", "own")
DIRECTIONS = {1: "higher = more embedded", -1: "lower = more embedded", 0: "not scored"}


class CodebookDirective(SphinxDirective):
    """``{codebook} CODE``, ``{codebook} scales`` or ``{codebook} absent``."""

    required_arguments = 1

    def run(self):
        """Return the tables."""
        root = Path(self.env.app.srcdir)
        for name in ("codes", "items", "scales"):
            self.env.note_dependency(str(root / "data" / "instrument" / f"{name}.csv"))
        survey, dimensions = _loaded(self.env.app)
        code = self.arguments[0]
        if code == "absent":
            return without_answer(survey, root)
        if code == "scales":
            return [_scales(survey.instrument)]
        found = []
        for part in dimensions.index[dimensions.index.str.startswith(code)]:
            items = survey.put[survey.put["dimension"] == part]
            if len(items):
                about = dimensions.loc[part]
                caption = f"Questions of {about['kind']} {part}: {about['label_en'].lower()}"
                found.append(_items(items, _findings(survey.instrument), caption))
        if not found and code not in survey.absent:
            raise self.error(f"no item belongs to {code!r}")
        return found or [nodes.paragraph(text="Nobody was asked a question about it.")]


class QuestionnaireDirective(SphinxDirective):
    """``{questionnaire} book`` or ``{questionnaire} own``: stands only where the questions are those."""

    required_arguments = 1
    has_content = True

    def run(self):
        """Return what stands in the block, or nothing."""
        if self.arguments[0] not in KINDS:
            raise self.error(f"{self.arguments[0]!r} is not one of {', '.join(KINDS)}")
        if self.arguments[0] != KINDS[own_questions(self.env.app)]:
            return []
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        return holder.children


class QuestionnaireRole(SphinxRole):
    """``{questionnaire}`ours|theirs` ``: words on the questions of the book, or on those of a package."""

    def run(self):
        """Return the words that hold here."""
        ours, _, theirs = self.text.partition("|")
        return [nodes.Text(theirs if own_questions(self.env.app) else ours)], []


SCENARIOS = {1: "letter", 0: "flat", -1: "reverse"}


class ModelDirective(SphinxDirective):
    """``{model} NAME``: parameters as a table with a caption; the content heads the columns."""

    required_arguments = 1
    has_content = True
    option_spec = {"caption": directives.unchanged_required}

    def run(self):
        """Return the table."""
        heads = [head.strip() for head in "".join(self.content).split("|")]
        rows = []
        for key, value in _parameter(self.arguments[0]).items():
            values = value if isinstance(value, tuple) else (value,)
            names = SCENARIOS if heads[0] == "Scenario" else {}
            cells = (names.get(key, key), *("all" if cell is None else cell for cell in values))
            rows.append([[nodes.Text(str(cell))] for cell in cells])
            if len(rows[-1]) != len(heads):
                raise self.error(f"{self.arguments[0]}: {len(heads)} heads for {len(rows[-1])} columns")
        return [table(self.options["caption"], heads, rows)]


class ModelRole(SphinxRole):
    """``{model}`NAME` ``: one parameter."""

    def run(self):
        """Return its value."""
        text = str(_parameter(self.text))
        return [nodes.literal(text, text)], []


def setup(app):
    """Register the directives and the roles."""
    app.add_directive("codebook", CodebookDirective)
    app.add_directive("questionnaire", QuestionnaireDirective)
    app.add_role("questionnaire", QuestionnaireRole())
    app.add_directive("model", ModelDirective)
    app.add_role("model", ModelRole())


def own_questions(app) -> bool:
    """Tell whether the answers are to questions that a package brought."""
    if not hasattr(app, "own_questions"):
        answers = elsewhere(Path(app.srcdir))
        app.own_questions = answers is not None and _loaded(app)[0].instrument.own
    return app.own_questions


def _loaded(app):
    """Return the survey and the dimensions, read once in a build: every directive needs them whole."""
    if not hasattr(app, "codebook"):
        root = Path(app.srcdir)
        app.codebook = load_survey(root=root), load("dimensions", root).set_index("code")
    return app.codebook


def _parameter(name):
    return getattr(population, name)


def _findings(instrument):
    """Return the findings that each item speaks to, or whose estimands an item of a package serves."""
    if not instrument.own:
        return instrument.items["findings"].dropna().str.split(";").to_dict()
    found = {}
    for (finding, _), serves in sorted(instrument.serves.items()):
        for item in serves.get("items") or [serves["item"]]:
            found.setdefault(item, []).append(str(finding))
    return found


def _items(items, findings, caption):
    """Return one row per question: its items and roles, both wordings, scale, and when and why asked."""
    rows = []
    question = items["parallel"].fillna(items.index.to_series())
    # Staff answer some parallel questions for their own cases, in other words.
    for _, same in items.groupby([question, items["wording_en"]], sort=False):
        first = same.iloc[0]
        names = [
            [nodes.literal(name, name, ids=[nodes.make_id(name)]), nodes.Text(f" {role}")]
            for name, role in same["role"].items()
        ]
        wording = [[nodes.Text(first["wording_en"])], [foreign_words(text=first["wording_nl"], lang="nl")]]
        scale = [nodes.literal(text=first["scale"]), nodes.Text(f", {DIRECTIONS[first['direction']]}")]
        asked = [[nodes.Text(first["waves"].replace(";", ", "))]]
        asked += [[nodes.strong(text="quick scan")]] if first["quick_scan"] else []
        if speaks := findings.get(first.name):
            many = "s" if len(speaks) > 1 else ""
            asked.append([nodes.Text(f"finding{many} {', '.join(speaks)}")])
        rows.append([names, wording, scale, asked])
    return table(caption, ["Item and role", "Question", "Scale", "Asked"], rows, "codebook")


def without_answer(survey, root):
    """Return sentences on the questions of the book that have no answer in this edition, if any."""
    items = load("items", root)
    items = items[items["item"].isin(survey.absent)]
    if survey.instrument.own:
        return []
    put = items["item"].isin(survey.unknown)
    said = {
        "The tables leave out questions of this book that have nothing of anybody: ": items[~put],
        "These were asked, and nobody gave an answer, but 'don't know' or the like: ": items[put],
    }
    return [_naming(text, rows) for text, rows in said.items() if len(rows)]


def _naming(text, items):
    """Return a sentence that names items."""
    names = []
    for item, label in zip(items["item"], items["short_en"], strict=True):
        names += [nodes.Text(", " if names else ""), nodes.literal(item, item), nodes.Text(f" ({label})")]
    return nodes.paragraph("", "", nodes.Text(text), *names, nodes.Text("."))


def _scales(instrument):
    """Return one row per scale and code."""
    rows = []
    for scale, codes in instrument.codes.groupby("scale", sort=False):
        kind = instrument.scales.at[scale, "kind"]
        for code in codes.itertuples():
            labels = [[nodes.Text(code.label_en)], [foreign_words(text=code.label_nl, lang="nl")]]
            missing = "answer" if code.missing != code.missing else code.missing.replace("_", " ")
            cells = [[nodes.literal(text=scale)], [nodes.Text(kind)], [nodes.Text(str(code.code))]]
            rows.append([*cells, *([label] for label in labels), [nodes.Text(missing)]])
    heads = ["Scale", "Kind", "Code", "English", "Dutch", "Counts as"]
    return table("Answer scales and their codes", heads, rows)


def table(caption, heads, rows, *classes):
    """Return a table; a cell is a list of inline nodes, or a list of such lists, one per paragraph."""
    group = nodes.tgroup(cols=len(heads), published_data=True)
    group += [nodes.colspec(colwidth=1, stub=int(number == 0)) for number in range(len(heads))]
    group += nodes.thead("", nodes.row("", *(nodes.entry("", nodes.paragraph(text=head)) for head in heads)))
    body = nodes.tbody()
    for cells in rows:
        row = nodes.row()
        for cell in cells:
            paragraphs = cell if isinstance(cell[0], list) else [cell]
            row += nodes.entry("", *(nodes.paragraph("", "", *inline) for inline in paragraphs))
        body += row
    group += body
    return nodes.table("", nodes.title(text=caption), group, classes=["published-table", *classes])
