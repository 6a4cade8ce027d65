"""How others spell the same name, and the characters that nobody sees.

A letter with its accent may be one character or two, a space may be one that does not break: that is the same
name. A character that nobody sees makes two names that look alike, or acts on the screen that shows it.
"""

import re
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

from doorgroeien.results.inert import ACTS

__all__ = ["acts_or_hides", "code_of", "fold", "same_name", "spelled", "unseen"]

SHAPELESS = "\u034f\u115f\u1160\u2800\u3164\uffa0"  # letters and marks without a shape
# They, control and format characters, separators of lines; and how Excel writes some.
UNSEEN = rf"[\p{{Cc}}\p{{Cf}}\p{{Zl}}\p{{Zp}}{SHAPELESS}\x{{FE00}}-\x{{FE0F}}]|_x[0-9A-Fa-f]{{4}}_"
ALIKE = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "‐": "-", "‑": "-"})
MARKED = rf"^'([{re.escape(''.join(ACTS))}])"
LED = re.compile(r"[(\[]?([+-]?\d{1,3})(?:\s*[)\].:=-]+\s*|\s+)(.+)")  # 1. strongly disagree


def spelled(texts: pa.Array) -> pa.Array:
    """Return texts with accented letters composed (NFC), single plain spaces within and none around.

    An apostrophe that only keeps a workbook from computing what follows is taken off.
    """
    plain = pc.all(pc.string_is_ascii(texts)).as_py() is not False
    if not plain:
        texts = pc.utf8_normalize(texts, "NFC")
    texts = pc.utf8_trim_whitespace(texts)
    if not plain or pc.any(pc.match_substring(texts, "  ")).as_py():
        texts = pc.replace_substring_regex(texts, r"\p{Zs}+", " ")
    if pc.any(pc.starts_with(texts, "'")).as_py():
        texts = pc.replace_substring_regex(texts, MARKED, r"\1")
    return texts


def unseen(texts: pa.Array) -> pa.Array:
    """Tell of each text whether it holds a character that nobody sees; a blank does not."""
    return pc.fill_null(pc.match_substring_regex(texts, UNSEEN), False)


def acts_or_hides(text: str) -> bool:
    """Tell whether a head or label holds a character that nobody sees; there, a line may break."""
    return bool(unseen(pa.array([re.sub(r"[\r\n\t]", " ", text)]))[0].as_py())


def fold(text: str) -> str:
    """Return what is compared of a head or label: not case, the way of spacing or of writing an accent."""
    text = unicodedata.normalize("NFKC", text).translate(ALIKE)
    seen = "".join(char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf"))
    return " ".join(seen.split()).casefold()


def same_name(one: str, other: str) -> bool:
    """Tell whether two names of files or sheets differ in nothing but how their accents are encoded."""
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def code_of(label: str, labels: dict[str, str]) -> tuple[str | None, str | None]:
    """Return the code of a label and the code written before its words, each ``None`` where there is none.

    ``labels`` are codes by label, in the form of :func:`fold`. A label that is only a number has no words.

    >>> code_of("1. Helemaal  mee oneens", {"helemaal mee oneens": "1"})
    ('1', '1')
    """
    text = fold(label).rstrip(".;: ")
    if text in labels:
        return labels[text], None
    led = LED.fullmatch(text)
    return (labels.get(led[2].strip()), str(int(led[1]))) if led else (None, None)
