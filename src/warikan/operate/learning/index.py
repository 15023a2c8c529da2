"""Texts by their terms, in the state: written with the text itself, ranked by BM25 when asked."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from warikan.operate.learning.terms import is_beginning, query_terms, terms_of
from warikan.state.tables.reviews import review_documents, review_terms

# Okapi BM25 (Robertson and Zaragoza 2009), the usual constants.
K1 = 1.2
B = 0.75
MOST_TERMS = 20_000


@dataclass(frozen=True)
class Ranked:
    """A document that has some of the terms; *score*, BM25, compares within one search only."""

    document: str
    score: float
    text: str


def index_text(connection: Connection, document: str, text: str) -> None:
    """Make *document* (``REV-3``) found by the words of *text*; what it was found by before is gone."""
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    table = review_documents
    known = connection.execute(select(table.c.fingerprint).where(table.c.document == document)).scalar()
    if known == fingerprint:
        return
    counts = dict(terms_of(text).most_common(MOST_TERMS))
    row = {"fingerprint": fingerprint, "length": sum(counts.values()), "text": text}
    if known is None:
        connection.execute(insert(table).values(document=document, **row))
    else:
        connection.execute(update(table).where(table.c.document == document).values(**row))
        connection.execute(delete(review_terms).where(review_terms.c.document == document))
    if counts:
        rows = [{"term": term, "document": document, "count": count} for term, count in counts.items()]
        connection.execute(insert(review_terms), rows)


def fingerprints(connection: Connection) -> dict[str, str]:
    """Document → the fingerprint of the text that it is found by."""
    rows = connection.execute(select(review_documents.c.document, review_documents.c.fingerprint))
    return {row.document: row.fingerprint for row in rows}


def rank(connection: Connection, text: str, *, limit: int) -> tuple[Ranked, ...]:
    """Documents that have any of the words of *text*, the best first; equal ones by their id."""
    terms = query_terms(text)
    if not terms:
        return ()
    total = connection.execute(select(func.count(), func.avg(review_documents.c.length))).one()
    number, mean = int(total[0]), float(total[1] or 1) or 1.0
    scores: dict[str, float] = defaultdict(float)
    counts = {term: _counts(connection, term) for term in terms}
    lengths = _lengths(connection, {document for found in counts.values() for document in found})
    for found in counts.values():
        rarity = math.log(1 + (number - len(found) + 0.5) / (len(found) + 0.5))
        for document, count in found.items():
            damped = count + K1 * (1 - B + B * lengths[document] / mean)
            scores[document] += rarity * count * (K1 + 1) / damped
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
    texts = _texts(connection, [document for document, _ in best])
    return tuple(Ranked(document, score, texts[document]) for document, score in best)


def _counts(connection: Connection, term: str) -> Mapping[str, int]:
    column = review_terms.c.term
    # Not LIKE: databases differ in what it makes of case. The term is one character of Japanese.
    wanted = func.substr(column, 1, 1) == term if is_beginning(term) else column == term
    asked = (
        select(review_terms.c.document, func.sum(review_terms.c.count))
        .where(wanted)
        .group_by(review_terms.c.document)
    )
    return {document: int(count) for document, count in connection.execute(asked)}


_CHUNK = 500


def _lengths(connection: Connection, documents: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    ordered = sorted(documents)
    for start in range(0, len(ordered), _CHUNK):
        wanted = review_documents.c.document.in_(ordered[start : start + _CHUNK])
        rows = connection.execute(
            select(review_documents.c.document, review_documents.c.length).where(wanted)
        )
        found |= {row.document: row.length for row in rows}
    return found


def _texts(connection: Connection, documents: Sequence[str]) -> dict[str, str]:
    wanted = review_documents.c.document.in_(documents)
    rows = connection.execute(select(review_documents.c.document, review_documents.c.text).where(wanted))
    return {row.document: row.text for row in rows}
