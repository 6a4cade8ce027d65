"""The next measurement in the field: what it can show, whom to ask, questionnaires, what comes back.

Here lives all that goes out before there are answers, and what turns the export of a survey tool into a
package. What a package means is checked at the door, not here.
"""

__all__ = [
    "document",
    "export",
    "lists",
    "page",
    "planned",
    "questionnaire",
    "returned",
    "sampling",
    "writing",
    "xlsform",
]
