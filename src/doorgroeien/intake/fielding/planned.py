"""The plan of the next measurement as it is told: a text with a table, a picture and its data."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from doorgroeien.data.tables import load_all
from doorgroeien.intake.fielding.questionnaire import words
from doorgroeien.intake.fielding.writing import as_csv, write_new
from doorgroeien.results.formats import UNITS, write_digits
from doorgroeien.results.pictures import COLOURS, GREY, new_figure
from doorgroeien.results.records import Language
from doorgroeien.results.register import as_files
from doorgroeien.survey.answers import Survey
from doorgroeien.survey.fieldwork import Fieldwork, PlanningError
from doorgroeien.survey.indicators import indicators
from doorgroeien.survey.planning import Planner

__all__ = ["Plan"]

COUNTS = ["municipalities", "approached", "taking_part", "invited", "respondents"]


class Plan:
    """The plan of a measurement that shows a change of an indicator since the wave ``after``, in a language.

    Raises :class:`PlanningError` for an unknown indicator, with those that there are, and
    ``NotEstimableError`` where the answers do not carry it.
    """

    def __init__(
        self,
        survey: Survey,
        code: str,
        change: float,
        fieldwork: Fieldwork,
        before: int,
        after: int,
        language: Language,
    ) -> None:
        """Compute it."""
        known = indicators(survey)
        if code not in known:
            raise PlanningError(_unknown(code, list(known)))
        if not change > 0:
            raise PlanningError(f"change {change:g}: expected more than 0.")
        self.survey, self.code, self.change, self.language = survey, code, change, language
        self.before, self.after, self.fieldwork = before, after, fieldwork
        self.planner = Planner(survey, known[code], before, after)
        unit = UNITS[known[code].unit]
        self.unit = unit.around("", language).strip()
        self.curve = self.planner.curve(fieldwork)
        self.needed = self.planner.needed(change, fieldwork)
        self.table = self.planner.at(self.needed or int(self.curve.index[-1]), fieldwork)

    @property
    def text(self) -> str:
        """Return what is planned, and the table of it."""
        fieldwork, edition = self.fieldwork, self.survey.edition
        numbers = {
            "change": self._digits(self.change),
            "unit": self.unit,
            "before": self.before,
            "after": self.after,
            "municipalities": self._digits(self.table["municipalities"].iloc[-1], 0),
            "approached": self._digits(self.table["approached"].iloc[-1], 0),
            "smallest": self._digits(self.curve["mdc"].min()),
            "power": self._digits(100 * fieldwork.power, 0),
            "alpha": self._digits(100 * fieldwork.alpha, 0),
            "panel": self._digits(100 * (fieldwork.panel or 0), 0),
            "correlation": self._digits(self.planner.correlation, 2),
        }
        names = edition.names[self.language == "nl"]
        lines = [self._say("about", name=self._name(), code=self.code, edition=names)]
        lines += [self._say("synthetic")] * edition.synthetic
        lines += ["", self._say("needed" if self.needed else "unreachable", **numbers), "", *self._rows(), ""]
        lines.append(self._say("people", people=self._people(fieldwork)))
        lines.append(self._say("fresh" if fieldwork.panel is None else "panel", **numbers))
        lines.append(self._say("correlation" if self.planner.correlation else "no_correlation", **numbers))
        if supposed := self.planner.last.supposed:
            lines.append(self._say("supposed", roles=self._roles(supposed)))
        return "\n".join(lines + self._cheapest())

    def write(self, out: Path) -> list[Path]:
        """Write the text, the table, and a picture with its data into the folder ``out``; return the paths.

        Raises ``FieldingError``, and writes nothing, where a file is there already.
        """
        figure, data = self._picture()
        pictures = as_files(
            figure, self.survey.edition.names, self.language, invented=self.survey.edition.synthetic
        )
        contents = {f"plan.{ending}": content for ending, content in pictures.items()}
        edition = self.survey.edition.names[self.language == "nl"]
        contents |= {
            "plan.txt": f"{self.text}\n".encode(),
            "plan.csv": as_csv(self.table.assign(edition=edition)),
            "plan-curve.csv": as_csv(data.assign(edition=edition)),
        }
        return write_new(out, contents)

    def _picture(self) -> tuple[Figure, pd.DataFrame]:
        """Return the smallest change by the number of municipalities, in a panel and in a fresh sample."""
        lines = {
            "panel_line": self.planner.curve(replace(self.fieldwork, panel=1.0)),
            "fresh_line": self.planner.curve(replace(self.fieldwork, panel=None)),
        }
        figure, axes = new_figure()
        for (key, line), colour, dash in zip(lines.items(), COLOURS, ("-", "--"), strict=False):
            label = self._say(key, after=self.after)
            axes.plot(line.index, line["mdc"], dash, color=colour, label=label)
        axes.axhline(self.change, color=GREY, linestyle=":", label=self._say("wanted"))
        shown = np.concatenate([line["mdc"].dropna() for line in lines.values()])
        top = max(4 * self.change, 2 * float(np.min(shown, initial=np.inf)))
        axes.set(xlim=(0, None), ylim=(0, top if np.isfinite(top) else None))
        axes.set(xlabel=self._say("x_axis"), ylabel=self._say("y_axis", unit=self.unit))
        axes.legend()
        data = pd.concat(
            [line["mdc"].rename(key.removesuffix("_line")) for key, line in lines.items()], axis=1
        )
        return figure, data.reset_index()

    def _rows(self) -> list[str]:
        """Return the table as lines, its numbers aligned."""
        heads = ["size_class", *COUNTS, "se", "mdc"]
        cells = [[self._say(head) for head in heads]]
        for row in self.table.to_dict("records"):
            said = words()["sizes"][row["size_class"]][self.language]
            numbers = [self._digits(row[count], 0) for count in COUNTS]
            cells.append([said, *numbers, self._digits(row["se"], 2), self._digits(row["mdc"])])
        widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
        return ["  ".join([row[0].ljust(widths[0]), *(map(str.rjust, row[1:], widths[1:]))]) for row in cells]

    def _cheapest(self) -> list[str]:
        """Return the cheapest way, where costs say that there is one."""
        fieldwork = self.fieldwork
        if not fieldwork.cost_person:
            return []
        front = self.planner.frontier(fieldwork)
        enough = front[front["mdc"] <= self.change]
        if enough.empty:
            return []
        row = enough.iloc[0]
        people = {role: int(row[role]) for role in self.planner.last.roles}
        fields = {"municipality": fieldwork.cost_municipality, "person": fieldwork.cost_person}
        numbers = {name: self._digits(value, int(value % 1 > 0)) for name, value in fields.items()}
        numbers |= {name: self._digits(row[name], 0) for name in ("approached", "cost")}
        return [self._say("cheapest", people=self._people(replace(fieldwork, people=people)), **numbers)]

    def _people(self, fieldwork: Fieldwork) -> str:
        """Return how many people of each role are invited."""
        as_last = self._say("as_last", after=self.after)
        roles = self.planner.last.roles
        said = {role: self._digits(n, 0) for role, n in fieldwork.people.items()}
        return "; ".join(f"{self._roles([role])} {said.get(role, as_last)}" for role in roles)

    def _roles(self, roles: list[str]) -> str:
        return ", ".join(words()["roles"][role][self.language] for role in roles)

    def _name(self) -> str:
        """Return what the indicator is called."""
        if self.code == "total":
            return self._say("total")
        parts = load_all(only=("dimensions", "estimands"))
        dimensions, items = parts["dimensions"].set_index("code"), self.survey.instrument.items
        if self.code in dimensions.index:
            return str(dimensions.at[self.code, f"phrase_{self.language}"])
        first, *rest = self.code.split(".")
        if first == "finding":
            rows = parts["estimands"]
            row = rows[(rows["finding"] == int(rest[0])) & (rows["estimand"] == rest[1])].iloc[0]
            return self._say("finding", number=rest[0], name=row[f"definition_{self.language}"])
        name = str(items.at[first, f"short_{self.language}"])
        if not rest:
            return name
        codes = self.survey.instrument.codes.set_index(["scale", "code"])
        answer = codes.at[(items.at[first, "scale"], int(rest[1])), f"label_{self.language}"]
        return self._say("share", name=name, answer=answer)

    def _say(self, key: str, **fields: object) -> str:
        return str(words()["plan"][key][self.language].format(**fields))

    def _digits(self, value: float, decimals: int = 1) -> str:
        return "–" if np.isnan(value) else write_digits(float(value), decimals, self.language)


def _unknown(code: str, known: list[str]) -> str:
    """Return that there is no such indicator, and which there are."""
    scores = [name for name in known if len(name) < 3 or name == "total"]
    findings = [name for name in known if name.startswith("finding.")]
    items = [name for name in known if name not in {*scores, *findings} and ".share." not in name]
    return "\n".join(
        [
            f"indicator {code!r} is not known. Expected one of:",
            f"  scores: {', '.join(scores)}",
            f"  findings: {', '.join(findings)}",
            f"  items: {', '.join(items)}",
            "  shares of answers: ITEM.share.CODE, such as "
            + next((name for name in known if ".share." in name), "none"),
        ]
    )
