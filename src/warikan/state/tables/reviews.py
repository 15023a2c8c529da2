"""Reviews, every version of their sections, what they agreed on, and the words to find them by."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from warikan.state.schema import METADATA, JsonText, MoneyType, UtcTime


def _review_id(*, is_key: bool = False) -> Column[int]:
    target = ForeignKey("reviews.id", ondelete="CASCADE")
    return Column("review_id", Integer, target, primary_key=is_key, nullable=False, autoincrement=False)


reviews = Table(
    "reviews",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("incident_id", String(40), nullable=False),
    Column("title", String(300), nullable=False),
    Column("language", String(2), nullable=False),
    Column("state", String(20), nullable=False),
    Column("severity", String(40), nullable=False),
    Column("team_id", String(200)),
    Column("service_id", String(200)),
    Column("lead", String(200)),
    Column("facts", JsonText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("meeting_at", UtcTime),
    Column("calibrated_at", UtcTime),
    Column("soak_skipped", String(1000), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("incident_id"),
    Index(None, "state", "updated_at"),
)
review_moves = Table(
    "review_moves",
    METADATA,
    Column("id", Integer, primary_key=True),
    _review_id(),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("source", String(20)),
    Column("target", String(20), nullable=False),
    Column("note", String(1000), nullable=False),
    Index(None, "review_id", "id"),
)
review_sections = Table(
    "review_sections",
    METADATA,
    _review_id(is_key=True),
    Column("section_id", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("prefilled", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("updated_by", String(200), nullable=False),
)
review_versions = Table(
    "review_versions",
    METADATA,
    _review_id(is_key=True),
    Column("section_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("note", String(300), nullable=False),
)
review_calibrations = Table(
    "review_calibrations",
    METADATA,
    _review_id(is_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(200), nullable=False),
)
review_factors = Table(
    "review_factors",
    METADATA,
    Column("id", Integer, primary_key=True),
    _review_id(),
    Column("kind", String(20), nullable=False),
    Column("text", String(2000), nullable=False),
    Column("label", String(80), nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "review_id", "id"),
)
review_actions = Table(
    "review_actions",
    METADATA,
    Column("id", Integer, primary_key=True),
    _review_id(),
    Column("kind", String(20)),
    Column("text", String(2000), nullable=False),
    Column("owner", String(200)),
    Column("due", Date),
    Column("ticket_url", String(1000)),
    Column("money_at_risk", MoneyType),
    Column("currency", String(20)),
    Column("done_at", UtcTime),
    Column("version", Integer, nullable=False),
    Index(None, "review_id", "id"),
    Index(None, "due"),
)
review_keeps = Table(
    "review_keeps",
    METADATA,
    _review_id(is_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("sentence", String(2000), nullable=False),
    Column("reason", String(1000), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(200), nullable=False),
)
review_documents = Table(
    "review_documents",
    METADATA,
    Column("document", String(40), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("length", Integer, nullable=False),
    Column("text", Text, nullable=False),
)
"""What can be found: a review (``REV-3``) or an incident (``INC-12``), and its text as it was indexed."""
review_terms = Table(
    "review_terms",
    METADATA,
    Column("term", String(80), primary_key=True),
    Column("document", String(40), primary_key=True),
    Column("count", Integer, nullable=False),
    Index(None, "document"),
)
"""How often a word, or two Japanese characters that follow each other, are in a document."""
