"""An attacker: who has the files of a built site, and what is public of municipalities, and no answers.

Each attack returns what it finds: a line for each answer, or number that is withheld, that it recovers. The
attacker knows the rules of the book, how many municipalities each size class has and how many people live in
each, and may have taken part: one or two insiders know what their own municipality answered. Nothing here
uses the code that withholds or rounds.
"""

import csv
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from itertools import combinations, pairwise, product
from pathlib import Path

import numpy as np
from bs4 import BeautifulSoup
from scipy.optimize import linprog
from scipy.stats import t

__all__ = ["ATTACKS", "Attacker", "between_editions", "editions", "half_of", "step_of", "subsets"]

DATA = Path(__file__).parents[1] / "data"
ITEMS = DATA / "instrument" / "items.csv"
SIZES = ("<20k", "20k-50k", "50k-100k", ">=100k")
STEPS = ((0.75, 1.0, 1.5), (1.5, 2.0, 3.5), (3.5, 5.0, 7.5))  # of p-values: what each stands for
PATH = ("vision", "plan", "goals", "target", "indicators", "evaluate")  # steps of the cycle, in order
WITH_PARTNERS = ("partners.network", "partners.partners")  # the share with contact with each partner
PARTNERS = 8  # that are asked about
CIRCLES = {"all": "all", "<20k": "small", ">=100k": "largest"}  # ids of the number of partners, by class
ROOMS = (0.5, 1.0, 2.0)  # points by which means agree of questions that not all could answer
STEP = 25.0  # of an answer on a scale of five
LEAST = 10.0  # the narrowest interval that a withheld number may have
EXACT = re.compile(r"\d\.\d{5,}")
SCALE = ("percent", "score")
APART = ("points", "percentage points")
# Shares of all questions, or of weights: near nought they tell of no question what was answered.
OF_NO_QUESTION = re.compile(r"\.(item\.)?(unknown|refused)$|\.calibration$")
# Shares of ways to compute something, or of what an index consists of.
OF_NO_ANSWER = re.compile(
    r"^index-multiverse\.|^embedding-index\.effective|(] agreement|_below|_above|\bse)$"
)
# Why something is not estimable: of two reasons for it either one leaves the other.
FEW, ALIKE = "too few answers", "it would tell what a municipality answered"
# In drawings: a tick with its label, in letters that are drawn, and a dot.
TICK = re.compile(
    r'<use xlink:href="#m\w+" x="([\d.]+)" y="([\d.]+)"[^>]*/></g></g>'
    r'<g><g style="[^"]*" transform="translate\([^)]*\) scale\([^)]*\)">(.*?)</g></g></g>'
)
GLYPHS = re.compile(r"<defs>.*?</defs>", re.DOTALL)  # letters
LINE = re.compile(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"')
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_BROKEN = re.compile(r"(?<![\w.,/-])\d+[.,]\d+(?![\w.,/-]*\d|/)")  # with decimals, and no version or address
DUTCH = str.maketrans(",.", ".,")
SAID = {"95"}  # of each interval, per cent
MARKED = re.compile(r'<use xlink:href="#m\w+" x="([\d.]+)" y="([\d.]+)"')
_SIGNED = r"([-\u2212]?\d+(?:\.\d+)?)"
INTERVAL = re.compile(rf"{_SIGNED}[^\d()]*\({_SIGNED} to {_SIGNED}\)")  # an estimate in words, with its ends
ESTIMATE = re.compile(r"(estimate|value|mean|(ci_|sens_)?(low|high))$")
POINT = re.compile(r"(?:^|(?<=[ _]))(estimate|value|mean)(?=[ _]|$)")  # in the name of a column, anywhere


def half_of(value):
    """Return half a unit of the last digit of a number, as it is written."""
    text = repr(float(value))
    return 0.5 * 10.0 ** -len(text.partition(".")[2]) if "e" not in text else 0.0


def subsets(share, half, weights, insiders=()):
    """Return the answers of all but the insiders that are the same in every way to come to a share.

    ``share`` is that of the weight of who said yes, in per cent, give or take ``half``; ``weights`` are of
    each of a group; ``insiders`` maps some onto their own answers. Returns the numbers of those whose answer
    is known.
    """
    free = [at for at in range(len(weights)) if at not in dict(insiders)]
    known = sum(weights[at] * answer for at, answer in dict(insiders).items())
    ways = (np.arange(2 ** len(free))[:, None] >> np.arange(len(free))) & 1
    shares = 100 * (ways @ np.asarray(weights)[free] + known) / sum(weights)
    fitting = ways[np.abs(shares - share) <= half + 1e-9]
    return [] if not len(fitting) else [free[at] for at in np.flatnonzero(np.ptp(fitting, axis=0) == 0)]


def between_editions(first, second, count, halves):
    """Return how wide the answer of a municipality lies that is in the second edition of a mean alone."""
    low = (count + 1) * (second - halves[1]) - count * (first + halves[0])
    high = (count + 1) * (second + halves[1]) - count * (first - halves[0])
    return max(low, 0.0), min(high, 100.0)


def bound(name):
    """Return what a bound of what is missing is the end of, and which end; ``None`` for another number."""
    end = re.search(r"^(.*[.-])(least|most)$", name)
    return end if end and (".missing" in end[1] or end[1].endswith(".end.")) else None


class Attacker:
    """Who reads a built site.

    ``frame`` is public: of each size class, how many inhabitants each of its municipalities has.
    """

    def __init__(
        self,
        site: Path,
        frame: dict[str, list[int]],
        took: dict[str, int] | None = None,
        items: Path = ITEMS,
        mirrors: tuple = (),
        secret: dict[tuple[str, str], float] | None = None,
    ):
        """Read the results of a site; ``took`` is how many of each size class took part, else all did.

        ``items`` is the table of the questions that were asked, which is public; ``mirrors`` are records of
        what all mirror reports say of others, which municipalities may lay side by side. ``secret`` is not
        for the attacker, and says who is right: the means, by code and size class or ``all``, that a rule
        protects; without it all that is left out is taken for one, and what is found for right.
        """
        self.site, self.frame, self.secret = site, frame, secret
        self.codes = codes(items)
        self.means = means(items)
        self.beside = defaultdict(set)  # what tables have beside a code
        for of in (whole for form in self.means.values() for whole in form.items()):
            for code in of[1]:
                self.beside[code] |= {*of[1]}
        self.took = took or {size: len(towns) for size, towns in frame.items()}
        self.tried = Counter()  # by attack
        found = json.loads((site / "results" / "results.json").read_text(encoding="utf-8"))
        self.register = {
            record["id"]: record for kind in ("numbers", "figures", "tables") for record in found[kind]
        }
        self.records = [
            record
            for kind in ("numbers", "figures", "tables")
            for record in found[kind]
            if record["edition"] and not record["id"].startswith("validation.")  # draws, of invented answers
        ]
        self.records += mirrors

    @property
    def shares(self):
        """The share of all municipalities in each size class."""
        total = sum(map(len, self.frame.values()))
        return {size: len(towns) / total for size, towns in self.frame.items()}

    def cells(self, record):
        """Return the numbers of a record."""
        if record["kind"] == "number":
            return [record[name] for name in ("value", "low", "high", "se", "n", "df") if name in record]
        return [cell for row in record["data"]["rows"] for cell in row]

    def rows(self):
        """Return each row of each figure and table: its record, its number and its cells by column."""
        for record in self.records:
            if record["kind"] != "number" and "not_estimable" not in record:
                for at, row in enumerate(record["data"]["rows"]):
                    yield record, at, dict(zip(record["data"]["columns"], row, strict=True))

    def estimates(self):
        """Return each share or score that says on how many municipalities it rests.

        Of each: a name, the value, how many, its unit and its size class, where it names one.
        """
        for record in self.records:
            share = record["kind"] == "number" and not record["definition"]["en"].startswith("by how much")
            share = share and not OF_NO_QUESTION.search(record["id"])
            share = share and not bound(record["id"])  # of which two tell something together: ``bounds_of``
            if share and record["unit"] in SCALE and record["value"] is not None:
                count = (record.get("rests") or {}).get("municipalities")
                if count:
                    yield record["id"], record["value"], count, record["unit"], None
        for record, at, row in self.rows():
            if "quantile" in row or "category" in row or "answer" in row or self.differs(record):
                continue  # quantiles and parts of a whole have attacks of their own
            units = {column["name"]: column["unit"] for column in record.get("columns", [])}
            size = next((cell for cell in row.values() if cell in SIZES), None)
            for name, value in row.items():
                stem = re.sub(r"estimate$", "", name)
                count = row.get(f"{stem}units")
                known = name.endswith("estimate") and isinstance(value, int | float) and count
                known = known and row.get("unit") not in ("points", "percentage points")
                if known and units.get(name, "percent") in SCALE and 0 <= value <= 100:
                    yield f"{record['id']} [{at}] {name}", value, count, "", size

    def differs(self, record):
        """Tell whether a figure or table is about differences or ratios and not about shares and scores."""
        names = record["data"]["columns"]
        words = {"contrast", "odds", "term", "gap", "of", "minus", "p_holm", "p_value"}
        lows = [
            row[at] for row in record["data"]["rows"] for at, name in enumerate(names) if "ci_low" in name
        ]
        return bool(words & {*names}) or any(isinstance(low, int | float) and low < 0 for low in lows)

    def digits(self):
        """More digits than the JSON has: in CSV, workbooks, pages of numbers, stored outputs and drawings."""
        for path in sorted(self.site.rglob("*")):
            if (
                "validation" in path.name
                or not path.is_file()
                or path.suffix not in (".csv", ".xlsx", ".json")
            ):
                continue
            about = path.name.removesuffix(path.suffix)
            mine = next((record for record in self.records if record["id"] == about), None)
            if mine is None:
                continue
            exact = {cell for cell in self.cells(mine) if isinstance(cell, float)}
            for value in _numbers(path):
                self.tried["digits"] += 1
                if value % 1 and not any(abs(value - cell) <= 1e-12 for cell in exact):
                    yield f"{path.name}: {value}"
        for name, value, count, *_ in self.estimates():
            step = step_of(count)
            if value > 2 and value % 1 and not _times(value, step):
                yield f"{name} = {value}: finer than {step} on {count}"
        for name, value, count in self.scaled():
            if value > 2 and value % 1 and not _times(value, step_of(count)):
                yield f"{name} = {value}: finer than {step_of(count)} on {count}"
        for record in self.records:
            for cell in self.cells(record):
                self.tried["digits"] += isinstance(cell, float)
                if isinstance(cell, float) and EXACT.search(repr(cell)) and abs(cell) > 0.1:
                    yield f"{record['id']}: {cell}"

    def files(self):
        """A number or picture that a file of the site has and the register has not.

        Files are the cards and sentences of pages, pages of numbers, search, workbooks, stored notebooks and
        pictures. What is left out has no number in any of them, and no picture.
        """
        own = {id: record for id, record in self.register.items() if record["edition"]}
        written = {id: _written(record) for id, record in own.items()}
        every = set().union(*written.values(), *map(_written, self.register.values()))
        for path in sorted(self.site.rglob("*")):
            name = path.relative_to(self.site).as_posix()
            if path.suffix == ".html":
                page = BeautifulSoup(path.read_bytes(), "html.parser")
                for card in page.select('span[class="num"]'):
                    (id,) = {Path(link["href"]).stem for link in card.find_all("a", recursive=False)}
                    if id in own:
                        self.tried["files"] += 1
                        for number in _DIGITS.findall(card.get_text(" ")):
                            if number not in written[id] | SAID:
                                yield f"{name}: {number} on the card of {id}"
                if name.startswith("numbers/") and path.stem in own:
                    self.tried["files"] += 1
                    for number in _BROKEN.findall(page.main.get_text(" ")):
                        if number not in every:
                            yield f"{name}: {number}"
            elif name == "searchresults.js":
                self.tried["files"] += 1
                for number in _BROKEN.findall(path.read_text(encoding="utf-8")):
                    if number not in every:
                        yield f"{name}: {number}"
            elif path.suffix == ".ipynb":
                yield from self.stored(path, name)
            elif path.suffix == ".json" and name.startswith("numbers/") and path.stem in own:
                self.tried["files"] += 1
                said = json.loads(path.read_text(encoding="utf-8"))
                for key in {*said} - {"text", "citation"}:
                    if said[key] != own[path.stem].get(key):
                        yield f"{name}: {key} is {said[key]}"
                for number in _BROKEN.findall(json.dumps(said["text"])):
                    if number not in written[path.stem]:
                        yield f"{name}: {number} in its text"
            elif path.suffix == ".xlsx":
                self.tried["files"] += 1
                with zipfile.ZipFile(path) as book:
                    beside = [part for part in book.namelist() if "worksheets/" not in part]
                    texts = {part: book.read(part).decode() for part in beside if "theme" not in part}
                for part, text in texts.items():
                    for number in re.findall(r">[^<]*\b(\d+\.\d{3,})\b[^<]*<", text):
                        yield f"{name} {part}: {number}"
            elif path.suffix in (".svg", ".png"):
                id = re.sub(r"(\.(nl|en|narrow))+$", "", path.stem)
                self.tried["files"] += id in own
                if "not_estimable" in own.get(id, {}):
                    yield f"{name}: a picture of what is left out"

    def stored(self, path, name):
        """A record in a stored notebook that is not as the register has it, or an output beside records."""
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for output in (one for cell in notebook["cells"] for one in cell.get("outputs", [])):
            data = output.get("data", {})
            mine = next((value for kind, value in data.items() if "doorgroeien" in kind), {})
            if {*mine} - {"records"} or (data and not mine) or output["output_type"] != "display_data":
                yield f"{name}: an output of its own, {sorted({*mine, *data})}"
            for record in mine.get("records", []):
                self.tried["files"] += 1
                for key, value in record.items():
                    if value != self.register.get(record["id"], {}).get(key):
                        yield f"{name}: {record['id']}, {key}"

    def drawings(self):
        """Coordinates of drawings that are finer than a tenth of a point, some thousandth of a scale."""
        for record in self.records:
            path = self.site / "results" / f"{record['id']}.svg"
            if record["kind"] == "figure" and path.is_file():
                text = GLYPHS.sub("", path.read_text(encoding="utf-8"))
                for drawn in re.findall(r'\sd="([^"]*)"|\s[xy]="([^"]*)"', text):
                    self.tried["drawings"] += 1
                    for number in re.findall(r"\d+\.\d{2,}", "".join(drawn)):
                        yield f"{path.name}: {number}"

    def few(self):
        """A result that rests on fewer than five."""
        for name, value, count, *_ in self.estimates():
            self.tried["few"] += 1
            if count < 5:
                yield f"{name} = {value} on {count}"
        for record, at, row in self.rows():
            towns = (record.get("rests") or {}).get("municipalities")
            if towns and isinstance(row.get("smallest"), int | float):  # class of municipalities, per cent
                self.tried["few"] += 1
                if 0 < (count := row["smallest"] / 100 * towns) < 4:
                    yield f"{record['id']} [{at}] smallest = {count:.1f}"
            for name, cell in row.items():
                if re.search(r"(^|[ _])(units|n)$", name) and isinstance(cell, int | float) and cell < 5:
                    yield f"{record['id']} [{at}] {name} = {cell}"

    def insiders(self):
        """A share or mean so near an end that, less two municipalities that know their own, all are there."""
        for name, value, count, *_ in self.estimates():
            if count < 30:
                self.tried["insiders"] += 1
                for taken in (0, 1, 2):
                    most, room = 100 * taken / count, half_of(value)
                    if value - room <= most and value + room < 100 * (taken + 1) / count:
                        yield f"{name} = {value}: without {taken} of {count} all the others are at 0"
                        break
                    if value + room >= 100 - most and value - room > 100 - 100 * (taken + 1) / count:
                        yield f"{name} = {value}: without {taken} of {count} all the others are at 100"
                        break

    def sums(self):
        """A share of a whole size class to which one set of answers comes, by weights or inhabitants.

        Two of the class know what they answered.
        """
        for name, value, count, _, size in self.estimates():
            towns = self.frame.get(size, [])
            if size is None or count != len(towns) or count > 14:
                continue
            self.tried["sums"] += 1
            for weights in ([1] * len(towns), towns):
                for pair in [(), *combinations(range(min(len(towns), 4)), 2)]:
                    for own in ((0, 0), (1, 1), (0, 1)) if pair else ((),):
                        found = subsets(value, half_of(value), weights, dict(zip(pair, own, strict=True)))
                        if found:
                            yield f"{name} = {value}: {len(found)} of {size}, insiders {len(pair)}"

    def linked(self):
        """A row that a figure or table leaves out, by what the others of its sum leave for it."""
        yield from self.classes()
        for record in self.records:
            if record["kind"] == "number" or "not_estimable" in record or "left_out" not in record:
                continue
            families = defaultdict(dict)
            for _, _, row in self.rows_of(record):
                size = next((name for name, cell in row.items() if cell in (*SIZES, "all")), None)
                if size is None:
                    continue
                key = tuple(cell for name, cell in row.items() if name != size and isinstance(cell, str))
                for name, value in row.items():
                    if name.endswith("estimate") and isinstance(value, int | float):
                        families[key, name][row[size]] = value
            for key, members in families.items():
                lost = [size for size in self.frame if size not in members]
                if "all" not in members or not lost or len(lost) == len(self.frame):
                    continue
                for size in lost:
                    self.tried["linked"] += 1
                    low, high = self.bounds(members, size, self.differs(record))
                    if high - low < LEAST:
                        yield f"{record['id']} {key} {size}: {low:.1f} to {high:.1f}"
            shares = [row["share"] for _, _, row in self.rows_of(record) if row.get("share")]
            if shares and all(row.get("share") is not None for _, _, row in self.rows_of(record)):
                self.tried["linked"] += 1
                if sum(record["left_out"].values()) == 1 and 1 < 100 - sum(shares) < 99:
                    yield f"{record['id']}: a part of {100 - sum(shares):.1f} per cent"

    def differencing(self):
        """What is left of a mean less those of the classes beside it: of few, or of some that are all alike.

        Each class counts for as many as it has, and who answered stand in for all who took part or for those
        of their role; a mean of so many steps of a scale tells how many answered.
        """
        for record in self.records:
            if record["kind"] == "number" or "not_estimable" in record or self.differs(record):
                continue
            for name, total, count, members in self.families(record):
                lost = [size for size in self.frame if size not in members]
                if not lost or len(lost) == len(self.frame):
                    continue
                self.tried["differencing"] += 1
                left = count - sum(n for _, n in members.values())
                if not 1 <= left < 10:  # more of them say nothing of one
                    continue
                low, high = self.of_the_rest(total, count, members, lost, int(left))
                # Whoever it may be that answered: all must come to the same within a step of the scale.
                if high - low < STEP and (left < 5 or not LEAST < (low + high) / 2 < 100 - LEAST):
                    yield f"{record['id']} {name}: {low:.1f} to {high:.1f} of {left:.0f}"

    def of_the_rest(self, total, count, members, lost, left):
        """Return between what values the mean of who is left lies, with room for rounding.

        They are of one or more of the ``lost`` classes. A class counts for all it has, or for as many as
        answered of those who took part; between these the mean lies between what the two give.
        """
        ends = []
        for number in range(1, min(left, len(lost)) + 1):
            for heard in combinations(lost, number):
                rest = sum(len(self.frame[size]) for size in heard)
                for taken in product(*((n, self.took[size]) for size, (_, n) in members.items())):
                    each = {
                        size: len(self.frame[size]) / of * n
                        for of, (size, (_, n)) in zip(taken, members.items(), strict=True)
                    }
                    said = sum(each[size] * value for size, (value, _) in members.items())
                    mean = (total * (sum(each.values()) + rest) - said) / rest
                    room = _rounded(total, count) * (sum(each.values()) + rest)
                    room += sum(each[size] * _rounded(value, n) for size, (value, n) in members.items())
                    ends += [mean - room / rest, mean + room / rest]
        if min(ends) > 100.5 or max(ends) < -0.5:
            return 0.0, 100.0  # it is none of these
        return max(min(ends), 0.0), min(max(ends), 100.0)

    def families(self, record):
        """Return means of all with those of classes: a name, the mean, of how many, and each with its own."""
        heads = {column["name"]: column["label"] for column in record.get("columns", [])}
        wide = {
            name: size
            for name in record["data"]["columns"]
            for size in SIZES
            if size in (name, heads.get(name))
        }
        long = defaultdict(dict)
        for _, at, row in self.rows_of(record):
            if wide and row.get("estimate") is not None and row.get("units", row.get("n")):
                members = {size: row[name] for name, size in wide.items() if row[name] is not None}
                found = {size: (value, self.steps(value, size)) for size, value in members.items()}
                if all(n for _, n in found.values()):
                    yield at, row["estimate"], row.get("units", row.get("n")), found
            size = next((cell for cell in row.values() if cell in (*SIZES, "all")), None)
            if size and isinstance(row.get("estimate"), int | float) and row.get("units"):
                key = tuple(cell for cell in row.values() if isinstance(cell, str) and cell != size)
                long[key][size] = row["estimate"], row["units"]
        for key, members in long.items():
            if "all" in members and len(members) > 1:
                total, count = members.pop("all")
                yield key, total, count, members

    def steps(self, value, size):
        """Return how many answered, where a mean of single answers is written so fine that it tells."""
        if half_of(value) > 1e-3:
            return None
        for count in range(self.took[size], 0, -1):
            answers = value * count / STEP
            if abs(answers - round(answers)) < 1e-6:
                return count
        return None

    def rows_of(self, record):
        """Return the rows of one record."""
        return (found for found in self.rows() if found[0]["id"] == record["id"])

    def bounds(self, members, size, differs):
        """Return between what values the mean of a size class, or of all, lies, by two linear programmes."""
        return self.around({name: (value, half_of(value)) for name, value in members.items()}, size, differs)

    def around(self, members, size, differs=False, rooms=(0.1,)):
        """Return the same for means with half the unit of their last digit.

        Weights are known but nearly: by a tenth of a point of the mean of all, or the first of ``rooms``
        with which means agree.
        """
        names, scale = ["all", *self.frame], (-100.0 if differs else 0.0, 100.0)
        known = {name: (value - half, value + half) for name, (value, half) in members.items()}
        ends = [known.get(name, scale) for name in names]
        equal = [-1.0, *(self.shares[name] for name in self.frame)]
        aim, both = np.array([float(name == size) for name in names]), [equal, [-at for at in equal]]
        for room in rooms:
            found = [linprog(sign * aim, A_ub=both, b_ub=[room, room], bounds=ends) for sign in (1, -1)]
            if all(one.status == 0 for one in found):
                return found[0].fun, -found[1].fun
        return scale

    def classes(self):
        """A mean of a size class, or of all, that is left out, by whatever results tell the others."""
        told, lost = self.levels()
        for (*form, size), hidden in lost.items():
            shown = {name: told[*form, name] for name in ("all", *self.frame) if (*form, name) in told}
            for code in sorted(hidden - shown.get(size, {}).keys()):
                members = {name: those[code] for name, those in shown.items() if code in those}
                if len(members) > 1 and "all" in (*members, size):
                    self.tried["linked"] += 1
                    low, high = self.around(members, size, rooms=(0.1, *ROOMS))
                    if high - low < LEAST and self.right(code, (*form, size), low, high):
                        yield f"{code} {' '.join(form)} {size}: {low:.1f} to {high:.1f}"

    def questions(self):
        """A mean that is left out, by the mean of its part, or whole, and the others that make it up.

        Of all municipalities, in each size class and in each year, on both forms: the codebook is public. So
        is a partner, by with how many there is contact and the shares that have it with each other one.
        """
        yield from self.partners()
        told, lost = self.levels()
        for at, hidden in lost.items():
            alone = {whole for whole, of in self.means[at[0]].items() if len(of) == 1}  # the same as its one
            for code in sorted(hidden - {*told[at]} - alone):
                self.tried["questions"] += 1
                low, high = self.solved(told[at], code, at[0])
                if high - low < LEAST and self.right(code, at, low, high):
                    yield f"{code} {' '.join(at)}: {low:.1f} to {high:.1f}"

    def right(self, code, at, low, high):
        """Tell whether a mean that is found is one that a rule protects, and as it is."""
        form, _, size = at
        if self.secret is None or form != "full":
            return True
        value = self.secret.get((code, size))
        return value is not None and low - 0.5 <= value <= high + 0.5

    def partners(self):
        """The share that has contact with a partner that is left out, from the number of partners."""
        found = defaultdict(dict)
        for record, _, row in self.rows():
            if record["id"] in WITH_PARTNERS and isinstance(row.get("monthly_estimate"), int | float):
                name, count = row["partner"], row.get("monthly_units")
                found[record["id"], row["size_class"]][name] = row["monthly_estimate"], count
        for (id, size), shown in found.items():
            total = self.register.get(f"partners.circle.{CIRCLES.get(size)}", {})
            if not isinstance(total.get("value"), int | float) or len(shown) != PARTNERS - 1:
                continue
            self.tried["questions"] += 1
            ends = [(value, _rounded(value, count)) for value, count in shown.values()]
            room = 100 * half_of(total["value"]) + sum(half for _, half in ends)
            mean = 100 * total["value"] - sum(value for value, _ in ends)
            if min(mean + room, 100) - max(mean - room, 0) < LEAST:
                yield f"{id} {size}, a partner: {mean:.1f}, give or take {room:.1f}"

    def levels(self):
        """Return what is told of questions, parts and wholes, and what is left out where others of it are.

        Both by form, year and size class, or all: the value by code, and the codes.
        """
        said, lost = defaultdict(lambda: defaultdict(list)), defaultdict(set)
        for record, _, row in self.rows():
            named = [self.codes.get(cell, cell) for cell in row.values() if isinstance(cell, str)]
            code = next((name for name in named if name in self.beside), None)
            if code is None or self.differs(record) or {"quantile", "category", "answer"} & {*row}:
                continue
            heads = {column["name"]: column["label"] for column in record.get("columns", [])}
            size = next((cell for cell in row.values() if cell in SIZES), "all")
            form = "quick" if "wave" in row and "sens_low" not in row else "full"
            year = str(row.get("wave", "")) if form == "quick" else ""
            for name, value in row.items():
                wide = next((each for each in (name, heads.get(name)) if each in SIZES), None)
                if name != "estimate" and wide is None:
                    continue
                at = form, year, wide or size
                if isinstance(value, int | float):
                    ends = [row.get(name.replace("estimate", end)) for end in ("ci_low", "ci_high")]
                    count = row.get(name.replace("estimate", "units")) if "estimate" in name else None
                    said[at][code].append((value, _half(value, ends, count)))
                elif wide and "left_out" in record:
                    lost[at].add(code)
                if "left_out" in record:  # a row may be gone, of any size class
                    for each in (*self.frame, "all") if {*self.frame} & {*row.values()} else (wide or size,):
                        lost[form, year, each] |= self.beside[code]
        for record in self.records:
            for code, size in record.get("lost", ()):  # of mirror reports
                lost["full", "", size].add(code)
            if record["kind"] == "number" and ".level." in record["id"] and record["unit"] == "score":
                code, at = record["id"].rpartition(".")[2], ("full", "", "all")
                if code in self.beside and record["value"] is None:
                    lost[at].add(code)
                elif code in self.beside:
                    ends, count = (record["low"], record["high"]), record["rests"]["municipalities"]
                    said[at][code].append((record["value"], _half(record["value"], ends, count)))
        told = {at: {code: _agreed(given) for code, given in of.items()} for at, of in said.items()}
        return defaultdict(dict, told), lost

    def solved(self, shown, code, form):
        """Return between what values a mean lies, given others of the same municipalities."""
        means = {
            whole: of for whole, of in self.means[form].items() if len({whole, *of} & {*shown, code}) > 1
        }
        names = sorted({code, *means, *(part for of in means.values() for part in of)})
        known = {
            name: (max(value - half, 0), min(value + half, 100)) for name, (value, half) in shown.items()
        }
        ends = [known.get(name, (0, 100)) for name in names]
        equal = np.array(
            [[of.get(name, 0) - (name == whole) for name in names] for whole, of in means.items()]
        )
        if not len(equal):
            return 0.0, 100.0
        # Other answers stand in where a question does not apply: each mean may be off by the least it must.
        room = np.eye(len(equal))
        off = linprog(
            [0] * len(names) + [1] * len(equal),
            A_ub=np.block([[equal, -room], [-equal, -room]]),
            b_ub=np.zeros(2 * len(equal)),
            bounds=[*ends, *[(0, None)] * len(equal)],
        ).x[len(names) :]
        aim = np.array([float(name == code) for name in names])
        both, room = np.vstack([equal, -equal]), np.tile(off + 1e-6 + (off > 1e-6), 2)
        found = [linprog(sign * aim, A_ub=both, b_ub=room, bounds=ends) for sign in (1, -1)]
        return found[0].fun, -found[1].fun

    def contrasts(self):
        """A mean of a size class that is left out, by the mean of another and the difference between them.

        Coefficients of a model count as differences: with those of a class its mean is nearly told. So does
        an error or spread without its mean: near an end of the scale it tells how many lie there.
        """
        means, differs, spreads = defaultdict(dict), defaultdict(dict), defaultdict(dict)
        for record, _, row in self.rows():
            names = {self.codes.get(cell, cell) for cell in row.values() if isinstance(cell, str)}
            said = next((row[name] for name in ("estimate", "value") if name in row), None)
            own = {size for name in names for size in SIZES if re.search(rf"(^|[\[. ]){size}($|[\] ])", name)}
            wide = {size: row.get(f"{size} estimate") for size in SIZES}
            found = {size: value for size, value in wide.items() if value is not None}
            found |= {} if said is None or len(own) != 1 else {own.pop(): said}
            apart = self.differs(record) or any(name.endswith("p_holm") for name in row)
            if {"se", "sd", "mdc"} & {*row} and not any(POINT.search(column) for column in row):
                for name, size in product(names & {*self.beside}, own):
                    spreads[name][size] = record["id"]
            for name in names - {*SIZES} if isinstance(said, int | float) or found else ():
                for size, value in found.items():
                    (differs if apart else means)[name][size] = value, record["id"]
        for name, of in spreads.items():
            for size, where in of.items() if means.get(name, {}).keys() & {*SIZES} else ():
                self.tried["contrasts"] += 1
                if size not in means[name]:
                    yield f"{where} {name} {size}: the error of a mean that is left out"
        for name, of in differs.items():
            shown = means.get(name, {})
            for size, (value, where) in of.items():
                self.tried["contrasts"] += 1
                if SIZES[0] in shown and shown and size not in shown and size != SIZES[0]:
                    yield f"{where} {name} {size}: {shown[SIZES[0]][0] + value:.1f}"
                if SIZES[0] not in shown and size in shown:
                    yield f"{where} {name} {SIZES[0]}: {shown[size][0] - value:.1f}"

    def bounds_of(self):
        """What two bounds tell of who answered: that nearly all of few municipalities are alike."""
        pairs = defaultdict(dict)
        for record in self.records:
            end = bound(record["id"])
            if record["kind"] == "number" and end and record["value"] is not None:
                pairs[end[1], (record.get("rests") or {}).get("municipalities")][end[2]] = record["value"]
        for record, at, row in self.rows():
            for name in [name for name in row if name.endswith("least") and "estimate" in row]:
                ends = {"least": row[name], "most": row.get(f"{name[:-5]}most")}
                if all(isinstance(value, int | float) for value in ends.values()):
                    pairs[f"{record['id']} [{at}] {name}", row.get("units")] = ends
        for (name, count), ends in pairs.items():
            if len(ends) == 2 and count and ends["most"] - ends["least"] < 99:
                self.tried["bounds"] += 1
                mean = 100 * ends["least"] / (100 - ends["most"] + ends["least"])
                if count < 30 and min(mean, 100 - mean) < 100 * 2 / count:
                    yield f"{name}: {mean:.1f} of {count}"

    def verdicts(self):
        """A verdict, or why it is so, on a finding of which an estimand is withheld."""
        known = {record["id"]: record for record in self.records}
        lost = {
            record["id"].split(".")[1]
            for record in self.records
            if re.fullmatch(r"findings\.\d\.\w+", record["id"]) and record.get("withheld")
            if record["unit"] != "word"
        }
        for number in [match[1] for id in known if (match := re.fullmatch(r"findings\.(\d)\.verdict", id))]:
            self.tried["verdicts"] += 1
            for name in ("verdict", "because", "agreement"):
                word = known.get(f"findings.{number}.{name}", {}).get("value")
                if word and "cannot be tested" in word["en"]:
                    break  # of which nothing else tells anything
                if number in lost and word:
                    yield f"findings.{number}.{name}: {word['en']}"
        for record, at, row in self.rows():
            finding = re.match(r"(?:Finding )?(\d)\b", str(row.get("finding", "")))
            told = row.get("verdict", "cannot be tested")
            if finding and finding[1] in lost and "cannot be tested" not in told and "niet te" not in told:
                yield f"{record['id']} [{at}]: {told}"

    def pictures(self):
        """A dot that is drawn finer than its number is published, by the ticks of the axis below it."""
        for record in self.records:
            path = self.site / "results" / f"{record['id']}.svg"
            if "estimate" not in record.get("data", {}).get("columns", ()) or not path.is_file():
                continue
            svg = path.read_text(encoding="utf-8")
            ticks = [(float(x), float(y), _digits(drawn)) for x, y, drawn in TICK.findall(svg)]
            ticks = [tick for tick in ticks if tick[2] is not None]
            if len(ticks) < 2 or len({y for _, y, _ in ticks}) > 1 or len({x for x, _, _ in ticks}) < 2:
                continue
            (x0, below, v0), (x1, _, v1) = ticks[0], ticks[-1]
            if len({value for _, _, value in ticks}) < len(ticks) or x0 == x1:
                continue
            unit = (v1 - v0) / (x1 - x0)
            lines = [tuple(map(float, line)) for line in LINE.findall(svg)]
            top = min(
                (line[3] for line in lines if abs(line[0] - x0) < 0.05), default=0.0
            )  # below the legend
            left = min((line[0] for line in lines if line[1] == below), default=0.0)  # where rows have ticks
            said = np.array(
                [cell for cell in self.cells(record) if isinstance(cell, int | float)], dtype=float
            )
            for x, y in MARKED.findall(svg):
                if top - 0.5 < float(y) < below - 1 and float(x) > left + 0.5:
                    self.tried["pictures"] += 1
                    value = v0 + (float(x) - x0) * unit
                    off = np.abs(np.abs(said) - abs(value)).min()
                    if 2 * abs(unit) * 0.1 < off < 2.5 and abs(v1 - v0) > 5:
                        yield f"{record['id']}: {value:.2f}, {off:.2f} from what is published"

    def told(self):
        """A number in an alternative text or a caption that is finer than the estimates of its figure."""
        for record in self.records:
            columns = record.get("data", {}).get("columns", ())
            if "not_estimable" in record or not any(
                re.search("estimate|per cent|share", name) for name in columns
            ):
                continue
            said = np.array([cell for cell in self.cells(record) if isinstance(cell, float)], dtype=float)
            for text in (record.get("alt", {}).get("en", ""), record["caption"].get("en", "")):
                for number in re.findall(r"(?<![\w.,-])\d+\.\d+(?![\w%])", text) if len(said) else ():
                    self.tried["told"] += 1
                    off = np.abs(np.abs(said) - float(number)).min()
                    if half_of(float(number)) + 1e-9 < off < 2.5 and float(number) > 2:
                        yield f"{record['id']}: {number}"

    def scaled(self):
        """Return each share, mean or difference in a figure or table, and on how many it rests at most."""
        for record, at, row in self.rows():
            units = {column["name"]: column["unit"] for column in record.get("columns", [])}
            fewest = (record.get("rests") or {}).get("municipalities")
            for name, value in row.items():
                where = f"{record['id']} [{at}] {name}"
                scaled = units.get(name, SCALE[0] if POINT.search(name) else "") in (*SCALE, *APART)
                own = ESTIMATE.sub("units", name) if ESTIMATE.search(name) else "units"
                count = row.get(own) or row.get("units") or fewest
                if scaled and count and isinstance(value, float) and not OF_NO_ANSWER.search(where):
                    yield where, value, count

    def sided(self):
        """Return each estimate with an interval, wherever it stands.

        Of each: where, the estimate with both ends as they are written, and its row, if it has one.
        """
        for record in self.records:
            if record["kind"] == "number":
                ends = record["value"], record["low"], record["high"]
                texts = [record["value"]["en"]] if isinstance(record["value"], dict) else []
                rows = [(record["id"], ends, None)] if record["interval"] == "confidence" else []
            else:
                texts, rows = [record["caption"].get("en", ""), record.get("alt", {}).get("en", "")], []
            if record["kind"] != "number" and "not_estimable" not in record:
                for _, at, row in self.rows_of(record):
                    texts += [cell for cell in row.values() if isinstance(cell, str)]
                    for name in [name for name in row if POINT.search(name)]:
                        ends = row[name], *(_end(row, name, end) for end in ("low", "high"))
                        rows.append((f"{record['id']} [{at}] {name}", ends, row))
            for where, ends, row in rows:
                if all(isinstance(each, int | float) for each in ends):
                    yield where, ends, row
            own = {ends for _, ends, _ in rows}
            for found in (match for text in texts for match in INTERVAL.findall(text)):
                ends = tuple(float(each.replace("\u2212", "-")) for each in found)
                if ends not in own:
                    yield f"{record['id']}, in words", ends, None

    def copies(self):
        """An estimate that is published coarse, in finer digits elsewhere: known by it and its interval."""
        coarse = [
            (where, ends, step)
            for where, ends, row in self.sided()
            if (step := self.step_at(where, row)) and all(_times(each, step) for each in ends)
        ]
        for where, ends, row in self.sided():
            self.tried["copies"] += 1
            beside = row is not None and ESTIMATE.search(where) and (row.get("units") or row.get("n"))
            if self.step_at(where, row) or beside or OF_NO_ANSWER.search(where):
                continue  # it says itself on how many it rests, and ``digits`` looks at it
            if max(map(abs, ends)) <= 2:
                continue  # a ratio
            for other, rounded, step in coarse:
                near = [abs(one - each) for one, each in zip(rounded, ends, strict=True)]
                # The ends lie as far from the estimate as before, and both are rounded.
                if (
                    near[0] <= step / 2 + 1e-6
                    and max(near) <= step + 1e-6
                    and max(near) > 1e-9
                    and not _times(ends[0], step)
                ):
                    yield f"{where}: {ends}, published as {rounded} in {other}"
                    break

    def step_at(self, where, row):
        """Return the step to which an estimate on a scale of 100 is rounded at least, by what it rests on."""
        record, count = self.register[where.partition(" [")[0].partition(",")[0]], None
        if row is not None:
            count = row.get(POINT.sub("units", where.rpartition("] ")[2]))
        elif record["kind"] == "number" and record["unit"] in (*SCALE, *APART):
            count = (record.get("rests") or {}).get("municipalities")
        return step_of(count) if count else None

    def tests(self):
        """An estimate that is known better than it is published, by its standard error, interval and p-value.

        A p-value says how many errors it is from nought. An interval of a score or difference lies alike on
        both sides; one of which the middle is elsewhere was rounded by itself, and both tell more than one.
        """
        for where, ends, row in self.sided():
            record, step = self.register[where.partition(" [")[0].partition(",")[0]], self.step_at(where, row)
            if not step or not all(_times(each, step) for each in ends):
                continue
            least = 0.5 * step * 0.9  # of an estimate that is published to a multiple, known to half of that
            (value, low, high), row = ends, row or record
            alike = record.get("unit", row.get("unit")) in (*APART, "score") or low < 0
            if alike and low > -100 and low != 0 and high < 100:
                self.tried["tests"] += 1
                if abs((low + high) / 2 - value) > 1e-6:
                    yield f"{where}: the middle of {low} to {high} is not {value}"
            p, df = row.get("p_value"), row.get("df")
            if isinstance(p, float) and isinstance(df, int | float) and 0 < p <= 1:
                self.tried["tests"] += 1
                errors = [t.isf(min(end, 1.0) / 2, df) for end in _p_between(p)]
                se = row.get("se") or (high - low) / 2 / t.isf(0.025, df)
                half = _last(se) if row.get("se") else step / 2 / t.isf(0.025, df)
                wide = errors[0] * (se + half) - errors[1] * (se - half)
                wide = 2 * wide if value == 0 else wide  # it may be on either side
                if wide < least:
                    yield f"{where}: {value}, known to {wide:.2f} by p = {p}"

    def ratios(self):
        """One of three shares that is left out, of which one is the other times the third.

        Those who take a step are a share of those who come to it, and both of them of all.
        """
        for before, step in pairwise(PATH):
            start, stop = (self.register.get(f"cycle-steps.reached.{name}") for name in (before, step))
            onward = self.register.get(f"cycle-steps.onward.{step}")
            known = [_ends(record) for record in (start, stop, onward)]
            self.tried["ratios"] += known.count(None) == 1
            if known.count(None) != 1:
                continue
            if known[2] is None:
                if isinstance(onward["value"], dict) and start["rests"]["municipalities"] >= 30:
                    continue  # it is left out for want of precision, and the page says so
                # Of few whether they take it is withheld where that says nearly the same of all of them.
                low, high = (min(100 * known[1][at] / known[0][1 - at], 100.0) for at in (0, 1))
                count = known[0][1] / 100 * start["rests"]["municipalities"]
                reach = max(10.0, 250 / count)
                if (
                    count < 30
                    and high - low < LEAST
                    and (count < 5 or not reach < (low + high) / 2 < 100 - reach)
                ):
                    yield f"cycle-steps.onward.{step}: {low:.1f} to {high:.1f} of {count:.0f}"
                continue
            if known[1] is None:
                low, high = (known[0][at] * known[2][at] / 100 for at in (0, 1))
            else:
                low, high = (100 * known[1][at] / known[2][1 - at] for at in (0, 1))
            if high - low < LEAST:
                yield f"cycle-steps.reached.{step if known[1] is None else before}: {low:.1f} to {high:.1f}"

    def quantiles(self):
        """A quantile beyond which fewer than five municipalities lie, or the ends of the weights."""
        for record, at, row in self.rows():
            share, count = row.get("quantile"), row.get("units")
            self.tried["quantiles"] += isinstance(share, int | float)
            if isinstance(share, int | float) and count and min(share, 1 - share) * count < 5 - 1e-9:
                yield f"{record['id']} [{at}]"
        for record in self.records:
            if re.search(r"weight.*(least|most|min|max)|(least|most|min|max).*weight", record["id"]):
                yield record["id"]

    def rules(self):
        """A word that tells by which rule something is withheld, such as that nearly all are alike."""
        for record in self.records:
            said = {*record.get("left_out", {}), *filter(None, [record.get("rule")])}
            self.tried["rules"] += bool(said)
            if said - {"telling"}:
                yield f"{record['id']}: {sorted(said)}"
            texts = [record.get("not_estimable"), record["value"] if record["kind"] == "number" else None]
            told = [text["en"] for text in texts if isinstance(text, dict)]
            told += [] if record["kind"] == "number" else [str(cell) for cell in self.cells(record)]
            for text in told:
                self.tried["rules"] += bool(re.search(f"{FEW}|{ALIKE}", text))
                if ALIKE in text or re.search(rf"(^|: ){FEW}($|;)", text):
                    yield f"{record['id']}: {text}"


# Each attack by its name in data/validation/attacks.csv.
ATTACKS = {
    "few": Attacker.few,
    "insiders": Attacker.insiders,
    "sums": Attacker.sums,
    "linked": Attacker.linked,
    "differencing": Attacker.differencing,
    "questions": Attacker.questions,
    "contrasts": Attacker.contrasts,
    "bounds": Attacker.bounds_of,
    "verdicts": Attacker.verdicts,
    "copies": Attacker.copies,
    "tests": Attacker.tests,
    "ratios": Attacker.ratios,
    "quantiles": Attacker.quantiles,
    "digits": Attacker.digits,
    "files": Attacker.files,
    "drawings": Attacker.drawings,
    "pictures": Attacker.pictures,
    "told": Attacker.told,
    "rules": Attacker.rules,
}


def codes(items):
    """Return the code of each part and item by what tables call it: the codebook is public."""
    found = {}
    for table, code in ((items, "item"), (DATA / "letter" / "dimensions.csv", "code")):
        rows = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")))
        found |= {row["short_en"]: row[code] for row in rows if "short_en" in row}
    return found


def means(items):
    """Return what wholes, parts and halves of parts are the mean of, by form: the codebook is public."""
    items = list(csv.DictReader(io.StringIO(items.read_text(encoding="utf-8"))))
    found = {}
    for form in ("full", "quick"):
        asked = [
            row
            for row in items
            if row["scored"] == "1" and (form == "full" or row.get("quick_scan", "1") == "1")
        ]
        groups = defaultdict(list)
        for row in asked:
            groups[row["dimension"]].append(row["item"])
        for part in sorted(groups):
            groups[part[0]].append(part)
        groups["total"] = [whole for whole in groups if len(whole) == 1]
        for row in asked if form == "full" else ():
            if row.get("subscale"):
                groups[row["subscale"]].append(row["item"])
        found[form] = {whole: dict.fromkeys(of, 1 / len(of)) for whole, of in groups.items()}
    return found


def editions(first, second):
    """Return how well is known what one municipality answered that is in the second of two editions alone.

    ``first`` and ``second`` are attackers. Of each mean on a scale of 100 that both have, of one municipality
    more: its name, how wide the answer lies, and between which values.
    """
    old = {(name, unit): (value, count) for name, value, count, unit, _ in first.estimates()}
    for name, value, count, unit, _ in second.estimates():
        before, fewer = old.get((name, unit), (None, None))
        if before is not None and count == fewer + 1:
            halves = _rounded(before, fewer), _rounded(value, count)
            wide = 2 * (fewer * halves[0] + count * halves[1])
            yield name, wide, between_editions(before, value, fewer, halves)


def _agreed(given):
    """Return of numbers that may be one, each with half a unit of its last digit, the one that most meet."""
    meets = [sum(abs(value - other) <= half + wide for other, wide in given) for value, half in given]
    return min(zip(given, meets, strict=True), key=lambda each: (-each[1], each[0][1]))[0]


def _half(value, ends, count):
    """Return by how much a number may be off, by its own digits, those of its interval and on how many it is.

    A number without decimals in which none of the interval has one is rounded to one, or coarser.
    """
    if any(isinstance(end, int | float) and end % 1 for end in (value, *ends)):
        return half_of(value)
    return max(0.5, _rounded(value, count) if count else 0.0)


def _rounded(value, count):
    """Return half the step to which a mean is rounded: that of the book, or a finer one that it shows."""
    step = step_of(count)
    return step / 2 if abs(value / step - round(value / step)) < 1e-6 else half_of(value)


def step_of(count):
    """Return the multiple to which a mean of so many municipalities is rounded at least, as the book says."""
    steps = [times * 10.0**power for power in range(-3, 2) for times in (1, 2, 5)]
    return next(step for step in steps if step >= STEP / (2 * count + 1))


def _ends(record):
    """Return between what values a share lies that is published, by the step to which it is rounded."""
    if record is None or not isinstance(record["value"], int | float):
        return None
    half = _rounded(record["value"], record["rests"]["municipalities"])
    return max(record["value"] - half, 0.0), min(record["value"] + half, 100.0)


def _end(row, name, end):
    """Return the end of the interval of an estimate in a row, by the name of its column."""
    return next(
        (row[each] for each in (POINT.sub(f"ci_{end}", name), POINT.sub(end, name)) if each in row), None
    )


def _last(value):
    """Return half a unit of the last of two digits in which a standard error is published."""
    return 0.5 * 10.0 ** (np.floor(np.log10(value)) - 1)


def _p_between(p):
    """Return between what values a p-value lies: in the steps of the book, or with three digits."""
    for low, said, high in (*STEPS, (0.35, 0.4, 0.5), (0.5, 0.6, 0.75)):
        power = 10.0 ** np.round(np.log10(p / said))
        if abs(said * power / p - 1) < 1e-9 and (said not in (0.4, 0.6) or power == 0.1):
            return low * power, high * power
    half = 0.5 * 10.0 ** (np.floor(np.log10(p)) - 2)
    return p - half, p + half


def _times(value, step):
    """Tell whether a number is a multiple of a step."""
    return abs(value / step - round(value / step)) < 1e-6


def _digits(drawn):
    """Return the number that glyphs of a label are, if it is one."""
    glyphs = [int(code, 16) - 0x13 for code in re.findall(r'<use xlink:href="#g(\w+)"', drawn)]
    return float("".join(map(str, glyphs))) if glyphs and all(0 <= each <= 9 for each in glyphs) else None


def _numbers(path):
    """Return the numbers in a CSV, JSON or workbook."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            texts = [book.read(name).decode() for name in book.namelist() if "worksheets/" in name]
        words = [word for text in texts for word in re.findall(r"<v>([^<]*)</v>", text)]
    elif path.suffix == ".csv":
        words = [cell for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))) for cell in row]
    else:
        words = _leaves(json.loads(path.read_text(encoding="utf-8")))
    for word in words:
        try:
            yield float(word)
        except ValueError:
            continue


def _written(record):
    """Return what stands for the numbers of a record on pages, in either language, and those in its words."""
    found = set()
    for value in _leaves(record) + _DIGITS.findall(json.dumps(record, ensure_ascii=False)):
        if isinstance(value, str):
            found.add(value)
            continue
        for decimals in range(5):
            for times in (1, 100, 1 + 1e-9):  # a half is written as the next one up
                text = f"{abs(times * value):,.{decimals}f}"
                plain = text.replace(",", "")
                found |= {text, plain, plain.replace(".", ","), text.translate(DUTCH)}
    return found


def _leaves(value):
    """Return the numbers in what JSON says."""
    if isinstance(value, dict | list):
        return [
            leaf for part in (value.values() if isinstance(value, dict) else value) for leaf in _leaves(part)
        ]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
