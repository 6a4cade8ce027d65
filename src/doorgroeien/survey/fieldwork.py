"""How a measurement is fielded, and what each municipality that is approached then gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from doorgroeien.estimation.arrays import Floats
from doorgroeien.survey.instrument import ROLES

__all__ = ["Fieldwork", "PlanningError", "Rate"]


class PlanningError(ValueError):
    """Nothing can be planned so; the message says what was asked, what is expected, and what to do."""


@dataclass(frozen=True)
class Fieldwork:
    """How the next measurement is fielded; what is not given is as in the last.

    ``people`` has by role how many are invited in a municipality, ``people_response`` the share of them that
    answers where their municipality takes part; ``response`` is the share of the municipalities approached
    that takes part. ``panel`` is the share of those taking part that took part in the last measurement too,
    as far as numbers allow; without it there are as many as chance gives: a fresh sample. Costs are of a
    municipality approached and of a person invited, in any unit.

    Raises :class:`PlanningError` with all that is out of bounds.

    >>> from doorgroeien.survey.fieldwork import Fieldwork
    >>> Fieldwork(people={"staff": 4}, panel=1.0).power
    0.8
    """

    people: Mapping[str, int] = field(default_factory=dict)
    response: float | None = None
    people_response: Mapping[str, float] = field(default_factory=dict)
    panel: float | None = None
    cost_municipality: float = 1.0
    cost_person: float = 0.0
    alpha: float = 0.05
    power: float = 0.8

    def __post_init__(self) -> None:
        """Refuse what is out of bounds."""
        shares = {"response": self.response, "panel": self.panel, "alpha": self.alpha, "power": self.power}
        shares |= {f"response of {role}": share for role, share in self.people_response.items()}
        named = [*self.people, *self.people_response]
        wrong = [f"{role}: expected one of {', '.join(ROLES)}" for role in named if role not in ROLES]
        wrong += [f"{n} people of {role}: expected one or more" for role, n in self.people.items() if n < 1]
        for name, share in shares.items():
            ends = {"panel": (0, 1), "alpha": (1e-9, 0.5), "power": (0.5, 1 - 1e-9)}.get(name, (1e-9, 1))
            if share is not None and not ends[0] <= share <= ends[1]:
                wrong.append(f"{name} {share:g}: expected a share from {ends[0]:.2g} to {ends[1]:.2g}")
        if min(self.cost_municipality, self.cost_person) < 0 or self.cost_municipality == 0:
            wrong.append("costs: expected a municipality to cost more than 0, a person 0 or more")
        if wrong:
            raise PlanningError("\n".join(wrong))


@dataclass(frozen=True, eq=False)
class Rate:
    """What follows from approaching one municipality of a size class, as an expectation.

    Attributes:
        response: whether it takes part.
        number: whether anybody of a role answers, by role.
        pairs: whether people of both roles answer, roles x roles.
        inverse: mean over municipalities with an answer of 1/respondents - 1/people, by role.
        invited, respondents: people.
    """

    response: float
    number: Floats
    pairs: Floats
    inverse: Floats
    invited: float
    respondents: float

    def cost(self, fieldwork: Fieldwork) -> float:
        """Return what it costs."""
        return fieldwork.cost_municipality + fieldwork.cost_person * self.invited
