"""Mirror reports: to each municipality its own scores beside those of its peers, in Dutch, on paper too."""

__all__ = ["peers", "report", "writing"]
