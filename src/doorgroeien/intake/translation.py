"""What the texts of others mean: their codes, labels and ways to write a number, in terms of the schema."""

import re
from dataclasses import dataclass, field
from typing import ClassVar

from doorgroeien.data.checking import Meaning

__all__ = ["Translation"]

WHOLE = re.compile(r"[+-]?\d{1,18}")
DECIMAL_ZEROS = re.compile(r"([+-]?\d{1,18})[.,](0{1,2}|0{4,})")  # three might be thousands
THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
EXPONENT = re.compile(r"[+-]?\d(\.\d+)?[eE]\+?\d{1,2}")  # R writes 1e+05


def _whole_number(text: str, decimal_comma: bool = False) -> int | None:
    """Return the whole number a text stands for, or ``None``.

    Decimals that are zero count (``4.0``, ``4,00``); points between thousands (``20.797``) do so only where
    ``decimal_comma`` tells that the file is written the Dutch way.
    """
    if WHOLE.fullmatch(text):
        return int(text)
    zeros = DECIMAL_ZEROS.fullmatch(text)
    if zeros:
        return int(zeros[1])
    if decimal_comma and THOUSANDS.fullmatch(text):
        return int(text.replace(".", ""))
    if EXPONENT.fullmatch(text) and float(text).is_integer() and abs(float(text)) < 1e15:
        return int(float(text))
    return None


@dataclass
class Translation(Meaning):
    """What the texts of a column mean that others have filled.

    ``codes`` turns other codes, in lower case, into those of the schema; ``labels`` does so for the words of
    the answer scale, where a text is no code.
    """

    codes: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    decimal_comma: bool = False
    trims: ClassVar[bool] = True
    remedies: ClassVar[tuple[str, str]] = (
        "Correct the value, or map the code in mapping.toml under [codes].",
        "Fill the cell.",
    )

    @property
    def free(self) -> bool:
        """Tell whether any text will do."""
        return super().free and not self.codes

    def _of(self, text):
        return super()._of(self._translated(text))

    def _translated(self, text):
        """Return a text as the schema writes it, or as it is where it cannot be read."""
        if self.kind != "integer":
            return self.codes.get(text.casefold(), text)
        number = _whole_number(text, self.decimal_comma)
        for form in (text.casefold(), str(number)):
            if form in self.codes:
                text = self.codes[form]
                number = _whole_number(text)
                break
        if number is None and text.casefold() in self.labels:
            number = _whole_number(self.labels[text.casefold()])
        return text if number is None else str(number)
