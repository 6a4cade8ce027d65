"""The book and its chapters as PDF: pages of the site put together, printed by Chromium, and checked."""

__all__ = ["document", "hatches", "pdf"]
