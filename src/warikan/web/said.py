"""What the engine says in English, in the visitor's language: a catalogue entry for each sentence."""

import re
from functools import cache

from warikan.web.incidents.said import SENTENCES as OF_INCIDENTS
from warikan.web.incidents.said import TERM_PLACES, TERMS
from warikan.web.reviews.sentences import SENTENCES as OF_REVIEWS
from warikan.web.texts import N_, Texts

MAX_LENGTH = 1000
"""A longer sentence quotes what a visitor typed; it is shown as it is."""
SENTENCES = (
    # The filter's words (engine/tokens.py).
    N_("this cannot be read"),
    N_("this quote is never closed"),
    N_("a comment is not allowed in a filter"),
    N_("a filter is one condition; ';' is not allowed"),
    N_("%(text)s is not allowed in a filter"),
    N_("%(text)s looks like a function; filters have none"),
    N_("nothing equals NULL; write IS NULL or IS NOT NULL"),
    N_("strings are written in single quotes, one at a time"),
    N_("filters have no arithmetic"),
    N_("a filter cannot hold a NUL character"),
    N_("parentheses and NOTs go deeper than %(number)s"),
    # The filter's conditions (engine/filter.py, engine/reading.py).
    N_("the filter has %(number)s characters; at most %(most)s are read"),
    N_("the filter is empty"),
    N_("the filter has more than %(number)s conditions"),
    N_("IN needs at least one value in parentheses"),
    N_("%(column)s alone is no condition; compare it with something"),
    N_("this is not a condition"),
    N_("%(column)s (%(kind)s) cannot be compared with %(other)s (%(otherkind)s)"),
    N_("LIKE reads text, and %(column)s is %(kind)s"),
    N_("%(column)s needs a key, as in %(example)s"),
    N_("%(column)s holds lists; filters cannot read it"),
    N_("%(column)s has no keys; only maps such as Tags have"),
    N_("a key is one string in single quotes, as in Tags['team']"),
    N_("a column is expected here"),
    N_("a value is expected here: 'text', a number or a date in quotes"),
    N_("%(column)s is a number: write it without quotes"),
    N_("%(column)s is TRUE or FALSE"),
    N_("%(column)s is text: write %(text)s in quotes"),
    N_("%(column)s is a date: write %(text)s in quotes"),
    N_("%(text)s is not a number"),
    N_("%(text)s has more than %(whole)s digits before or %(rest)s after the point"),
    N_("%(text)s is no time; write '2026-09-01' or '2026-09-01T06:00:00Z'"),
    N_("%(text)s is no day; write '2026-09-01'"),
    N_("expecting %(what)s here"),
    N_("something is missing here"),
    N_("%(text)s is not expected here"),
    # Columns (engine/column.py, engine/plan.py).
    N_("there is no column %(name)s"),
    N_("%(column)s needs a key"),
    N_("%(column)s holds lists and cannot be grouped by"),
    N_("%(column)s is an amount; it cannot be grouped by"),
    N_("the charges are not allocated yet"),
    # Periods (focus/period.py).
    N_("a period needs times with a zone; use UTC"),
    N_("the period %(start)s .. %(end)s is empty; the end is exclusive and must be later than the start"),
    N_("there is no time before %(period)s to compare with"),
    N_("%(text)s lies outside the years 1 to 9999; try: %(examples)s"),
    N_("the period is empty; try: %(examples)s"),
    N_("%(text)s has no days; try: %(examples)s"),
    N_("%(text)s is not a period; try: %(examples)s"),
    # The address (web/state.py, web/costs.py), one charge and its shares (allocate/).
    N_("%(first)s and %(last)s are not two days like 2026-10-01"),
    N_("%(name)s has %(number)s characters; at most %(most)s are read"),
    N_("%(text)s is not known"),
    N_("nothing here is billed in %(currency)s"),
    N_("%(source)s has no charge %(key)s in %(month)s"),
    N_("there are no targets"),
    N_("%(target)s has a negative weight (%(weight)s)"),
    N_("no target has any weight"),
    # Where rates come from (catalog/rate_files.py).
    N_("%(file)s: average of %(number)s days to %(day)s"),
    N_("%(file)s: average of %(number)s day to %(day)s"),
    N_("%(file)s: rate of the month"),
    N_("%(file)s: rate of %(day)s"),
    # Hints.
    N_("did you mean %(first)s or %(second)s or %(third)s?"),
    N_("did you mean %(first)s or %(second)s?"),
    N_("did you mean %(first)s?"),
    N_("one of: %(names)s"),
    N_("one of %(names)s"),
    N_("there is: %(names)s"),
    N_("the bill may have been loaded again"),
)
"""The more special before the more general: the first that fits is taken."""
KINDS = (N_("text"), N_("number"), N_("time"), N_("day"), N_("truth"))
"""What a column holds, as the engine says it."""
EXCLUSIVE = N_("(end exclusive)")
"""The one remark among the examples of a period."""
_PLACE = re.compile(r"%\((\w+)\)s")


def translate(message: str, texts: Texts) -> str:
    """*message* of the engine in the language of *texts*; one that is not listed here stays as it is."""
    if len(message) > MAX_LENGTH:
        return message
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(message):
            parts = found.groupdict()
            for name in ("kind", "otherkind"):
                if parts.get(name) in KINDS:
                    parts[name] = texts.gettext(parts[name])
            for name in TERM_PLACES:
                if parts.get(name) in TERMS:
                    parts[name] = texts.gettext(TERMS[parts[name]])
            if "examples" in parts:
                parts["examples"] = parts["examples"].replace(EXCLUSIVE, texts.gettext(EXCLUSIVE))
            return texts.gettext(sentence, **parts)
    return message


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((sentence, _pattern(sentence)) for sentence in (*SENTENCES, *OF_INCIDENTS, *OF_REVIEWS))


def _pattern(sentence: str) -> re.Pattern[str]:
    """What *sentence* looks like once its places are filled."""
    pieces = _PLACE.split(sentence)
    written = [f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)]
    return re.compile("".join(written), re.DOTALL)
