"""Mirror reports: to each municipality its own scores beside those of its peers, in Dutch, as HTML and PDF."""

__all__ = ["report", "writing"]
