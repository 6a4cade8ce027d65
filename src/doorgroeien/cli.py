"""The command ``doorgroeien``: what the Makefile calls."""

import json
import shlex
import sys
from datetime import date
from pathlib import Path

import click

from doorgroeien.data.paths import book_root, survey_path
from doorgroeien.data.terminal import printable
from doorgroeien.publishing.real_answers import BuildError, build_folder
from doorgroeien.publishing.site import build
from doorgroeien.publishing.workspace import alone

# Each command loads what it needs, so that none waits for the packages of another.
__all__ = ["main"]


ENDS = (
    "Ends with 0 when done, with 1 when something stands in the way, which it then says, "
    "and with 2 when the line itself is wrong."
)


class _Command(click.Command):
    """A command whose help says with which exit codes it ends."""

    def __init__(self, name, epilog=ENDS, **options):
        super().__init__(name, epilog=epilog, **options)


class _Commands(click.Group):
    """Shows an expected failure, for which the book has its own errors, as its message alone; ends with 1."""

    command_class = _Command
    group_class = type

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except Exception as error:
            own = type(error).__module__.startswith("doorgroeien.")
            if not own and not isinstance(error, OSError):
                raise
            click.echo(printable(str(error)), err=True)
            sys.exit(1)


class _Scenario(click.ParamType):
    """A population of the reference survey's model: a name, or a number between the scenarios."""

    name = "scenario"

    def convert(self, value, param, ctx):
        from doorgroeien.synthetic.population import strength_of

        try:
            strength_of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value


class _Study(click.ParamType):
    """A study of the validation."""

    name = "study"

    def convert(self, value, param, ctx):
        from doorgroeien.synthetic.study import STUDIES

        return click.Choice(list(STUDIES)).convert(value, param, ctx)


class _Role(click.ParamType):
    """A role that is asked."""

    name = "role"

    def convert(self, value, param, ctx):
        from doorgroeien.survey.instrument import ROLES

        return click.Choice(ROLES).convert(value, param, ctx)


@click.group(cls=_Commands)
def main():
    """Build and check the executable book Doorgroeien."""


@main.command("build")
def build_command():
    """Validate the data, execute what is stale, and build the site into _build/html.

    With SURVEY=PATH in the environment the book rests on the survey answers in that package, and is built
    into _build/<edition>/html. The package is checked first; no answer reaches the site or the log.
    Needs the folder of the book, from which it is called.

    \b
    Example:
      SURVEY=~/survey doorgroeien build
    """
    root = book_root()
    with alone(root, _say):
        build(root, say=_say)


@main.command()
def pdf():
    """Print the book and each chapter as PDF into the site; build the site first where it is not current.

    Needs Chromium, on the path or named by CHROMIUM. With SURVEY=PATH, the book on the answers there.

    \b
    Example:
      CHROMIUM=/usr/bin/chromium doorgroeien pdf
    """
    from doorgroeien.publishing.print.pdf import find_browser, make_pdfs

    root = book_root()
    find_browser()
    with alone(root, _say):
        build(root, say=_say)
        _say("Printing the PDFs")
        make_pdfs(root, say=_say)


@main.command()
def where():
    """Print the folder of the site; with SURVEY=PATH, of the site on the answers there.

    Needs a site that is built.

    \b
    Example:
      doorgroeien where
    """
    _say(str(_site()))


@main.command()
@click.option(
    "--format", "form", type=click.Choice(["csv", "json", "xlsx", "sdmx"]), default="csv", show_default=True
)
@click.option(
    "--site", type=click.Path(path_type=Path), help="A built site or an unpacked release; the last one built."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new or empty folder.")
def export(form, site, out):
    """Write the published numbers of a built site into the folder OUT, for another program.

    It is the monitor table: a row for each number, with interval, standard error, unit, period, population,
    edition and source, and whether it is published, withheld or not estimable. sdmx gives a data structure
    definition (SDMX-ML), and the data as SDMX-CSV and SDMX-JSON. Needs a built site, and a folder OUT that is
    new or empty.

    \b
    Example:
      doorgroeien export --out ~/monitor
      doorgroeien export --format sdmx --site ~/doorgroeien-0.1.0/site --out ~/sdmx
    """
    from doorgroeien.publishing.export import export

    for path in export(site or _site(), form, out):
        _say(f"  wrote {path}")


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Say what stands in the way, and change nothing.")
def release(only_check):
    """Freeze the version: its archive and checksum in releases/<version>/.

    The site is the one in _build/html. A frozen version never changes. Keep the folder where releases are
    kept; `doorgroeien public` puts all versions that lie in releases/ side by side. Needs a site of what is
    committed; --check says what lacks.

    \b
    Example:
      doorgroeien release --check
    """
    from doorgroeien.publishing.release import check, freeze

    root = book_root()
    if not only_check:
        with alone(root, _say):
            freeze(root, say=_say)
    elif problems := check(root):
        raise BuildError("Not ready for release.\n" + "\n".join(f"  {problem}" for problem in problems))


@main.command()
def public():
    """Put the site and the frozen versions in releases/ side by side into _build/public.

    Needs a site that is built.

    \b
    Example:
      doorgroeien public
    """
    from doorgroeien.publishing.versions import lay_side_by_side

    root = book_root()
    with alone(root, _say):
        lay_side_by_side(root, say=_say)


@main.command()
@click.argument("notebooks", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def execute(notebooks):
    """Execute NOTEBOOKS (all by default) afresh and store their outputs in the files.

    Where a cell says the same as before, to a tolerance for what processors differ in, its stored outputs
    stay as they are. Needs the reference survey: SURVEY may not be set.

    \b
    Example:
      doorgroeien execute notebooks/support.ipynb
    """
    from doorgroeien.data.tables import load_all
    from doorgroeien.publishing.execution import current, notebook_paths, store

    root = book_root()
    if survey_path(root) is not None:
        raise BuildError("SURVEY is set: the outcomes of its answers are not stored in notebooks. Unset it.")
    load_all(root)
    known = {(root / path).resolve(): path for path in notebook_paths(root)}
    if others := [str(path) for path in notebooks if path.resolve() not in known]:
        of = "none of the notebooks that _toc.yml names"
        raise BuildError(f"{', '.join(others)}: {of}. Add a chapter with: doorgroeien new chapter NAME")
    only = [known[path.resolve()] for path in notebooks]
    with alone(root, _say):
        for path in store(root, current(root, _say, again=True, only=only)):
            _say(f"  stored {path}")


@main.group()
def new():
    """Begin something new in the book."""


@new.command("chapter")
@click.argument("name")
def chapter(name):
    """Begin the chapter NAME: a notebook that publishes one number, its words, its place in _toc.yml.

    NAME becomes the address of the page and the first part of its ids, so it is lower-case words with
    hyphens, such as regional-differences. Needs a NAME that no page has.

    \b
    Example:
      doorgroeien new chapter regional-differences
    """
    from doorgroeien.publishing.new_chapter import new_chapter

    *written, order = new_chapter(book_root(), name)
    for path in written:
        _say(f"  wrote {path}")
    _say(f"  entered it in {order}; move the line to where the chapter belongs")


@main.command()
def data():
    """Validate every table of the data package; list all problems.

    Needs nothing but the tables in data/.

    \b
    Example:
      doorgroeien data
    """
    from doorgroeien.data.tables import load_all

    tables = load_all(book_root())
    for name, table in tables.items():
        _say(f"{name:12} {len(table):6} rows, valid")


@main.command()
def hashes():
    """Write into data/datapackage.json what follows from the tables, after a meant change.

    That is the hash of each table, and the columns of the answers, which follow from the items. Needs a
    change that you looked at: hashes tell one that is meant from one that is not.

    \b
    Example:
      doorgroeien hashes
    """
    from doorgroeien.data.tables import refresh_hashes

    changed = refresh_hashes(book_root())
    _say("\n".join(f"renewed: data/{path}" for path in changed) or "all was right already")


@main.command(
    epilog="Ends with 0 when no address leads nowhere, with 1 where one does, "
    "and with 2 when the line itself is wrong."
)
def links():
    """Ask every address of a work or document, and print in Markdown which lead nowhere or have moved.

    A host that refuses programs, or is out of order, does not lead nowhere. Needs the internet.

    \b
    Example:
      doorgroeien links
    """
    from doorgroeien.publishing.links import addresses, ask, report

    places = addresses(book_root())
    answers = ask(places)
    _say(report(answers, places))
    sys.exit(any(answer.state == "gone" for answer in answers))


@main.command()
@click.option("--scenario", type=_Scenario(), default="letter", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=2007, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def reference(scenario, seed, out):
    """Draw the reference survey, synthetic answers with a known truth, into the folder OUT.

    It has the items and the waves of the book. In data/survey its hashes are renewed too. Needs a folder
    that may be written.

    \b
    Example:
      doorgroeien reference --scenario flat --seed 1 --out ~/flat
    """
    from doorgroeien.data.tables import refresh_hashes
    from doorgroeien.synthetic.population import write_reference

    root = book_root()
    written = write_reference(out, root, scenario, seed)
    for path in written:
        _say(f"  wrote {path}")
    if out.resolve() == root / "data" / "survey":
        refresh_hashes(root, only={path.stem for path in written})


@main.command()
@click.option("--draws", type=click.IntRange(min=1), default=2000, show_default=True, help="Of each study.")
@click.option("--studies", "names", type=_Study(), multiple=True, help="All where none is named.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes; as many as there are cores by default."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="data/validation by default.")
def validation(draws, names, workers, out):
    """Draw the populations of each study again and again, and count how often the method is right.

    It renews the rows of the studies in the tables of data/validation. What is done is kept in
    _build/validation, so it can be interrupted, and goes on when called again. All studies take hours.

    With DASK_SCHEDULER=ADDRESS in the environment the workers of that scheduler compute. Needs nothing but
    the book; such workers need the same version of it, and are started in its folder.

    \b
    Example:
      doorgroeien validation --draws 100 --studies letter --studies flat --out ~/validation
    """
    from doorgroeien.data.tables import refresh_hashes
    from doorgroeien.synthetic.study import STUDIES
    from doorgroeien.synthetic.validation import run, write

    root = book_root()
    own = root / "data" / "validation"
    tables = run(root, names or tuple(STUDIES), draws, workers=workers, say=_say)
    for path in write(tables, out or own):
        _say(f"  wrote {path}")
    if out is None or out.resolve() == own:
        refresh_hashes(root, only={f"validation_{name}" for name in tables})


@main.command(
    epilog="Ends with 0 when the package is sound, with or without warnings, with 1 when it has problems, "
    "and with 2 when the line itself is wrong."
)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Of the report.")
def check(path, form):
    """Check a package of survey answers and report every problem; change nothing.

    Needs a package: PATH is a folder, a data package or an Excel workbook that holds the tables edition,
    waves, municipalities, groups, respondents and answers, as CSV, Parquet, Excel (.xlsx), SPSS (.sav, .zsav)
    or Stata (.dta).
    A file mapping.toml beside them may turn other names and codes into those of the instrument;
    `doorgroeien template` writes an example.

    The report names file, row (the header is row 1), column, value, what was expected and what to do.
    It may show answers: it is for the owner's eyes.
    Warnings are no problems: they are legal and worth a look. Of a sound package the report says which
    scores, changes and findings its answers can carry, and why others cannot be computed.
    With --format json it says the same to a program, each problem in fields.

    \b
    Example:
      doorgroeien check --format json ~/survey
    """
    from doorgroeien.intake.check import read_package

    package = read_package(path, book_root(), _progress)
    if form == "json":
        _say(json.dumps(_report(package), indent=1))
        sys.exit(1 if package.problems else 0)
    for line in package.summary:
        _say(line)
    for kind, found in (("problem", package.problems), ("warning", package.warnings)):
        if found:
            _say(f"\n{len(found)} {kind}{'s' if len(found) > 1 else ''}:")
        for problem in found:
            _say(f"  {problem}")
    if package.problems:
        _say("\nNothing was changed. Correct the package or its mapping.toml, and check again.")
        sys.exit(1)
    edition = package.tables["edition"].iloc[0]
    _say(f"\nThe package is sound: edition {edition['edition']}, {edition['name_en']}.")
    _say("\nWhat these answers can carry:")
    for line in _carries(package):
        _say(f"  {line}")
    _say("\nThe book is built on all of it; what cannot be computed is said in its place.")
    _say(f"Build the book on it with: SURVEY={shlex.quote(str(path))} make book")


@main.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new or empty folder.")
@click.option(
    "--from-export",
    "exports",
    type=click.Path(path_type=Path),
    multiple=True,
    help="What the survey tool gave back.",
)
@click.option(
    "--sample", type=click.Path(path_type=Path), help="Of `doorgroeien sample`; with --from-export."
)
def template(out, exports, sample):
    """Write an empty, documented survey package to fill into the folder OUT.

    It holds a workbook with drop-downs, the same tables as CSV, an example of mapping.toml and a README in
    Dutch and English. Nothing is overwritten.

    With --from-export it holds the answers to a questionnaire of `doorgroeien questionnaire`, as the survey
    tool exported them, by names and codes, in any format that `check` reads; give the option once for each
    file. The README then says what is left to fill in. Needs a folder OUT that is new or empty.

    \b
    Example:
      doorgroeien template --out ~/survey
      doorgroeien template --out ~/survey --from-export ~/export.csv --sample ~/sample
    """
    from doorgroeien.intake.fielding.returned import write_returned
    from doorgroeien.intake.template import write_template

    if sample and not exports:
        raise click.UsageError("--sample goes with --from-export.")
    if not exports:
        for path in write_template(out, book_root()):
            _say(f"  wrote {path}")
        return
    paths, export, left = write_returned(list(exports), out, book_root(), sample)
    for path in paths:
        _say(f"  wrote {path}")
    for warning in export.warnings:
        _say(f"  warning: {warning}")
    for file, heads in export.left_out.items():
        _say(f"  left out of {file}: {', '.join(heads)}")
    _say("\nLeft to fill in:" if left else "\nNothing is left to fill in.")
    for line in left:
        _say(f"  {line}")


@main.command()
@click.option("--role", "roles", type=_Role(), multiple=True, help="All roles where none is named.")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@click.option(
    "--format", "kind", type=click.Choice(["xlsform", "html", "docx"]), default="xlsform", show_default=True
)
@click.option("--form", type=click.Choice(["full", "quick_scan"]), default="full", show_default=True)
@click.option(
    "--wave", type=click.IntRange(1990, 2100), help="Year of the measurement; this year by default."
)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def questionnaire(roles, language, kind, form, wave, out):
    """Write the questionnaire of each role into the folder OUT.

    As XLSForm for a survey tool that stands on ODK, as HTML to read and print, or as a document to edit.
    What stands in brackets, such as who asks and on what legal basis, is left to fill in. Nothing is
    overwritten. Needs nothing but the book's own questions.

    \b
    Example:
      doorgroeien questionnaire --wave 2007 --role staff --language nl --format html --out ~/forms
    """
    from doorgroeien.intake.fielding.questionnaire import write_questionnaires

    wave = wave or date.today().year
    for path in write_questionnaires(out, book_root(), roles, language, kind, form, wave):
        _say(f"  wrote {path}")


@main.command()
@click.option(
    "--municipalities", "number", type=click.IntRange(min=1), required=True, help="How many to draw."
)
@click.option(
    "--strata", "by", type=click.Choice(["size", "size-province"]), default="size", show_default=True
)
@click.option(
    "--allocation", type=click.Choice(["proportional", "equal"]), default="proportional", show_default=True
)
@click.option("--seed", type=click.IntRange(min=0), default=2007, show_default=True)
@click.option(
    "--wave", type=click.IntRange(1990, 2100), help="Year of the measurement; this year by default."
)
@click.option("--frame", "own", type=click.Path(path_type=Path), help="A list of municipalities of your own.")
@click.option("--out", type=click.Path(path_type=Path), required=True)
def sample(number, by, allocation, seed, wave, own, out):
    """Draw a stratified sample of municipalities, whom to ask, into the folder OUT.

    Simple random sampling without replacement within strata, from the municipalities of 2007, with inclusion
    probabilities and weights; or from those in --frame, a table with the columns cbs_code, municipality,
    province and inhabitants. The list holds no answer. Nothing is overwritten. Needs a number to draw that
    gives two of each stratum; how many a change takes that you want to show, `doorgroeien plan` tells.

    \b
    Example:
      doorgroeien sample --municipalities 120 --wave 2007 --out ~/sample
    """
    from doorgroeien.intake.fielding.sampling import write_sample

    wave = wave or date.today().year
    for path in write_sample(out, book_root(), number, by, allocation, seed, wave, own):
        _say(f"  wrote {path}")


@main.command()
@click.option("--municipality", "towns", multiple=True, help="Identifier or CBS code; may be given again.")
@click.option("--all", "every", is_flag=True, help="Of every municipality that took part.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Not in the folder of the book.")
def mirror(towns, every, out):
    """Write a confidential report for a municipality into the folder OUT: its own scores beside its peers'.

    In Dutch, as HTML and PDF, in a folder for each municipality: its scores on the dimensions and their parts
    beside those of its size class, what stands out, the change since the measurement before, and the
    questions behind it. No other municipality is shown or can be reckoned back. Give each report to that
    municipality alone.

    With SURVEY=PATH it rests on the answers in that package, else on the reference survey, as an example.
    What is broken off goes on when called again. Needs a municipality that took part, or --all, and on real
    answers the book that was built on them, for it tells of others no more than that leaves open.

    \b
    Example:
      SURVEY=~/survey doorgroeien mirror --municipality 0363 --out ~/mirrors
      SURVEY=~/survey doorgroeien mirror --all --out ~/mirrors
    """
    from doorgroeien.intake.loading import load_survey
    from doorgroeien.intake.suspicions import COMPARED
    from doorgroeien.publishing.mirror.writing import write_mirrors

    if every == bool(towns):
        raise click.UsageError("Give either --municipality, once or more, or --all.")
    root = book_root()
    folders = write_mirrors(load_survey(), root, out, towns, COMPARED, _say)
    _say(f"{len(folders)} in {out}" if every else "\n".join(f"  wrote {folder}" for folder in folders))


class _Each(click.ParamType):
    """A role with a number for it, such as ``staff=4``."""

    name = "role=number"

    def __init__(self, number):
        self.number = number

    def convert(self, value, param, ctx):
        role, _, number = value.partition("=")
        try:
            return _Role().convert(role, param, ctx), self.number(number)
        except ValueError:
            kind = "a whole number" if self.number is int else "a share"
            self.fail(f"{value!r}: expected ROLE={kind}, such as staff={self.number('1')}.", param, ctx)


@main.command()
@click.option("--indicator", required=True, help="Such as 3a, total, d3a_role.share.1 or finding.9.4a.")
@click.option("--change", type=float, required=True, help="To be shown, in points or percentage points.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance that it is shown.")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Size of the two-sided test.")
@click.option("--panel", type=float, help="Share of those taking part that took part in the last wave too.")
@click.option("--people", type=_Each(int), multiple=True, help="Invited in a municipality, such as staff=4.")
@click.option("--response", type=float, help="Share of municipalities that take part.")
@click.option("--people-response", type=_Each(float), multiple=True, help="Share of those invited there.")
@click.option("--cost-municipality", type=float, default=1.0, show_default=True, help="Of approaching one.")
@click.option("--cost-person", type=float, default=0.0, show_default=True, help="Of inviting one.")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="A folder for the plan and its picture.")
def plan(indicator, change, language, out, people, people_response, **work):
    """Plan the next measurement: how many municipalities show a change, and how small a change shows.

    Needs the code of an indicator, such as 3a; one that does not exist is answered with those that do. What
    is not given is as in the last measurement. With SURVEY=PATH it rests on the answers in that package.

    \b
    Example:
      doorgroeien plan --indicator 3a --change 3 --panel 1 --people councillor=5
    """
    from doorgroeien.intake.fielding.planned import Plan
    from doorgroeien.intake.loading import load_survey
    from doorgroeien.intake.suspicions import COMPARED
    from doorgroeien.survey.fieldwork import Fieldwork

    fieldwork = Fieldwork(people=dict(people), people_response=dict(people_response), **work)
    made = Plan(load_survey(), indicator, change, fieldwork, *COMPARED, language)
    _say(made.text)
    for path in made.write(out) if out else ():
        _say(f"  wrote {path}")


def _site():
    site = build_folder(book_root()) / "html"
    if not (site / "index.html").is_file():
        raise BuildError("No site yet: run make book first, with the same SURVEY if there is one.")
    return site


def _carried(package):
    """Return what the answers of a sound package can carry, as rows."""
    from doorgroeien.intake.suspicions import COMPARED
    from doorgroeien.publishing.lacking import with_chapters
    from doorgroeien.survey.answers import assembled
    from doorgroeien.survey.carrying import carried

    survey = assembled(package.tables, package.instrument)
    return with_chapters(book_root(), survey, carried(survey, *COMPARED))


def _carries(package):
    """Give a line for each dimension, part, finding and chapter, and what is not known beforehand."""
    from doorgroeien.estimation.estimates import FEW_DEGREES

    table = _carried(package)
    for (what, code), rows in table.groupby(["what", "code"], sort=False):
        row = rows.iloc[0]
        if what == "chapter":
            yield f"chapter {code}: " + ("" if row["can"] else "in part; ") + row["reason_en"]
            continue
        said = [
            f"{row.question} yes ({_rests(row)})" if row.can else f"{row.question} no: {row.reason_en}"
            for row in rows.itertuples()
        ]
        yield f"{what + ' ' if code.isdigit() else ''}{code} {row['name_en']}: {'; '.join(said)}"
    if table["df"].lt(FEW_DEGREES).any():
        yield "So few municipalities also leave some models, types and size classes without an estimate."


def _rests(row):
    """Return on how many observations a result rests, and degrees of freedom where these are few."""
    from doorgroeien.estimation.estimates import FEW_DEGREES

    return f"n {row.n}" + (f", degrees of freedom only {row.df}" if row.df < FEW_DEGREES else "")


def _report(package):
    """Return the report on a package as a JSON value."""
    found = {"sound": not package.problems, "tables": package.summary}
    found |= {kind: [one.fields for one in getattr(package, kind)] for kind in ("problems", "warnings")}
    if not package.problems:
        rows = _carried(package)
        found["carries"] = json.loads(rows.to_json(orient="records", force_ascii=False))
    return found


def _progress(line):
    click.echo(printable(line), err=True)


def _say(text):
    click.echo(printable(text))
    sys.stdout.flush()
