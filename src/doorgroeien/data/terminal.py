"""What may be written to a screen. It needs nothing, so that no command waits for it."""

__all__ = ["printable"]


def printable(text: str) -> str:
    """Return a text without anything that acts on a screen: what cannot be printed is written as ``\\x1b``.

    Ends of lines and tabs stay.
    """
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)
