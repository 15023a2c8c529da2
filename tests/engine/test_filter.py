"""The filter language: what it takes, what it says, and where it points when it refuses."""

import pyarrow as pa
import pytest
from filters import SCHEMA, conditions
from hypothesis import example, given

from warikan.engine.condition import Condition
from warikan.engine.filter import MAX_LENGTH, Filter, parse_filter
from warikan.focus.errors import FilterError


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("servicename = 'a'", "ServiceName = 'a'"),
        ("'a' = ServiceName", "ServiceName = 'a'"),
        ("1 < EFFECTIVECOST", "EffectiveCost > 1"),
        ("ServiceName == 'a'", "ServiceName = 'a'"),
        ("ServiceName != 'a'", "ServiceName <> 'a'"),
        ("\"ServiceName\" = 'it''s'", "ServiceName = 'it''s'"),
        ("\"between\" = 'x'", "\"between\" = 'x'"),
        ("tags['Env']='x'", "Tags['Env'] = 'x'"),
        ("Tags['it''s'] IS NULL", "Tags['it''s'] IS NULL"),
        ("x_Extra['aws:k'] = 'v'", "x_Extra['aws:k'] = 'v'"),
        ("NOT x_TeamId IN ('a', 'b')", "x_TeamId NOT IN ('a', 'b')"),
        ("x_TeamId NOT LIKE 'a%'", "x_TeamId NOT LIKE 'a%'"),
        ("x_TeamId ilike '%A'", "x_TeamId ILIKE '%A'"),
        ("NOT (x_TeamId IS NULL)", "x_TeamId IS NOT NULL"),
        ("EffectiveCost BETWEEN -1 AND 2.50", "EffectiveCost >= -1 AND EffectiveCost <= 2.5"),
        (
            "EffectiveCost NOT BETWEEN 0 AND 1 AND x_ChargeKey = 1",
            "NOT (EffectiveCost >= 0 AND EffectiveCost <= 1) AND x_ChargeKey = 1",
        ),
        ("EffectiveCost > 1e2", "EffectiveCost > 100"),
        ("EffectiveCost <> BilledCost", "EffectiveCost <> BilledCost"),
        ("(x_ChargeKey) = (1)", "x_ChargeKey = 1"),
        ("ChargePeriodStart >= '2026-09-01 06:00'", "ChargePeriodStart >= '2026-09-01T06:00:00Z'"),
        ("ChargePeriodStart < '2026-09-01T09:00+09:00'", "ChargePeriodStart < '2026-09-01'"),
        ("BillingMonth = '2026-09-01'", "BillingMonth = '2026-09-01'"),
        ("is_final = FALSE OR true", "is_final = FALSE OR TRUE"),
        (
            "x_ChargeKey=1 and (x_ChargeKey=2 or x_ChargeKey=3)",
            "x_ChargeKey = 1 AND (x_ChargeKey = 2 OR x_ChargeKey = 3)",
        ),
        (
            "((x_ChargeKey=1 and x_ChargeKey=2) and x_ChargeKey=3)",
            "x_ChargeKey = 1 AND x_ChargeKey = 2 AND x_ChargeKey = 3",
        ),
        (" not\nnot is_final = true ", "is_final = TRUE"),
        ("ServiceName = '; DROP TABLE x; --'", "ServiceName = '; DROP TABLE x; --'"),
    ],
)
def test_a_filter_is_read_into_one_normal_form(text: str, read: str) -> None:
    """Case, sides, spaces and parentheses do not matter; values and keys are kept as they are."""
    assert read == parse_filter(text, SCHEMA).render()


@given(conditions)
def test_a_rendered_filter_reads_back_as_itself(condition: Condition) -> None:
    """parse(render(f)) = f, for any condition with any hostile text in it."""
    assert Filter(condition) == parse_filter(Filter(condition).render(), SCHEMA)


def test_a_filter_names_what_it_reads() -> None:
    """Columns are those of the table; operands are each once, as written."""
    read = parse_filter("Tags['env'] = 'x' OR tags['env'] IS NULL AND servicename = x_teamid", SCHEMA)

    assert {"Tags", "ServiceName", "x_TeamId"} == read.columns
    assert [o.id for o in read.operands] == ["Tags['env']", "ServiceName", "x_TeamId"]


def test_a_tag_key_finds_its_promoted_column() -> None:
    """By the key in the column's doc, as two keys can share a column name; else by a plain name."""
    described = pa.field("x_Tag_a_b", pa.string(), metadata={b"doc": b"Tags['a-b']"})
    schema = pa.schema([SCHEMA.field("Tags"), described, pa.field("x_Tag_team", pa.string())])
    operands = parse_filter("Tags['a-b']='1' AND Tags['a_b']='1' AND Tags['team']='1'", schema).operands

    assert [getattr(o, "promoted", None) for o in operands] == ["x_Tag_a_b", None, "x_Tag_team"]


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("", 0, "empty"),
        ("  ", 0, "empty"),
        ("ServiceName = ", 13, "missing"),
        ("ServiceName = 'x", 14, "never closed"),
        ("ServiceName = 'x' AND", 21, "missing"),
        ("(ServiceName = 'x'", 18, "expecting )"),
        ("ServiceName = 'x')", 17, "not expected"),
        ("ServiceName = 'x' x_TeamId", 18, "not expected"),
        ("ServceName = 'x'", 0, "no column 'ServceName'"),
        ("x_TeamId = 'a' OR cost > 1", 18, "no column 'cost'"),
        ("ServiceName", 0, "alone is no condition"),
        ("x_TeamId = 'a' AND ServiceName", 19, "alone is no condition"),
        ("'a' = 'b'", 6, "column is expected"),
        ("1 = 1", 4, "column is expected"),
        ("x_ChargeKey = 'x'", 14, "is a number"),
        ("ServiceName = 5", 14, "write '5' in quotes"),
        ("ServiceName = -5", 15, "write '-5' in quotes"),
        ("x_ChargeKey = ServiceName", 14, "cannot be compared"),
        ("x_ChargeKey = true", 14, "value is expected"),
        ("is_final = 1", 11, "TRUE or FALSE"),
        ("ChargePeriodStart > 'yesterday'", 20, "no time"),
        ("ChargePeriodStart > '0001-01-01T00:00+09:00'", 20, "no time"),
        ("BillingMonth = '2026-02-30'", 15, "no day"),
        ("EffectiveCost > 1e30", 16, "digits"),
        ("EffectiveCost = 0.0000000000000000001", 16, "digits"),
        ("x_ChargeKey LIKE '1'", 0, "LIKE reads text"),
        ("ServiceName LIKE x_TeamId", 17, "value is expected"),
        ("ServiceName = NULL", 14, "IS NULL"),
        ("ServiceName IN ('x', NULL)", 21, "IS NULL"),
        ("ServiceName IN ()", 0, "at least one value"),
        ("ServiceName IN 'x'", 0, "at least one value"),
        ("ServiceName IN (x_TeamId)", 16, "value is expected"),
        ("Tags = 'x'", 0, "needs a key"),
        ("Tags['a']['b'] = 'x'", 0, "one string in single quotes"),
        ("Tags[ServiceName] = 'x'", 0, "one string in single quotes"),
        ("ServiceName['a'] = 'x'", 0, "has no keys"),
        ("x_Repairs = 'x'", 0, "holds lists"),
        ("x_ChargeKey = 1 + 1", 16, "not allowed"),
        ("x_ChargeKey = x_ChargeKey - 1", 26, "no arithmetic"),
        ("1 < x_ChargeKey < 2", 18, "column is expected"),
        ("(ServiceName, x_TeamId) IN ('x')", 1, "column is expected"),
        ("is_final IS TRUE", 0, "not a condition"),
    ],
)
def test_an_error_points_at_the_character(text: str, at: int, reason: str) -> None:
    """What is wrong is said, and where: zero-based, also at the end of the text."""
    with pytest.raises(FilterError) as caught:
        parse_filter(text, SCHEMA)

    assert (at, text) == (caught.value.position, caught.value.text)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("lower(ServiceName) = 'x'", 0),
        ("ServiceName = lower('X')", 14),
        ("ServiceName = (SELECT 'x')", 15),
        ("ServiceName IN (SELECT 'x')", 16),
        ("EXISTS (SELECT 1)", 0),
        ("ServiceName = 'x'; DROP TABLE cells", 17),
        ("ServiceName = 'x' -- or not", 18),
        ("ServiceName = /* x */ 'x'", 14),
        ("CAST(ServiceName AS INT) = 1", 0),
        ("ServiceName::INT = 1", 11),
        ("CASE WHEN TRUE THEN TRUE END", 0),
        ("ServiceName = $$x$$", 14),
        ("ServiceName = E'x'", 14),
        ("ServiceName = 'x' 'y'", 18),
        ("ServiceName || 'x' = 'y'", 12),
        ("ServiceName = ?", 14),
        ("ServiceName = $1", 14),
        ("ServiceName = @x", 14),
        ("ServiceName ~ 'x'", 12),
        ("ServiceName = ANY ('x')", 14),
        ("ServiceName LIKE 'x' ESCAPE 'y'", 21),
        ("main.ServiceName = 'x'", 4),
        ("ServiceName = {'a': 1}", 14),
        ("ServiceName = current_user", 14),
        ("read_csv('/etc/passwd') IS NULL", 0),
        ("ServiceName = 'x\0'", 16),
        ("*", 0),
        ("x_ChargeKey = #1", 14),
    ],
)
def test_what_is_not_in_the_language_is_refused_where_it_stands(text: str, at: int) -> None:
    """No functions, subqueries, casts, comments, parameters or second statements."""
    with pytest.raises(FilterError) as caught:
        parse_filter(text, SCHEMA)

    assert at == caught.value.position


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("x_ChargeKey = 1" + " " * MAX_LENGTH, MAX_LENGTH),
        ("(" * 300 + "x_ChargeKey = 1" + ")" * 300, 20),
        ("NOT " * 300 + "x_ChargeKey = 1", 80),
        (" OR ".join(["is_final=TRUE"] * 201), 200 * 17),
    ],
)
def test_length_and_depth_are_bounded(text: str, at: int) -> None:
    """A hostile filter is refused before anything recurses into it."""
    with pytest.raises(FilterError) as caught:
        parse_filter(text, SCHEMA)

    assert at == caught.value.position


def test_two_hundred_conditions_are_no_problem() -> None:
    """The bound is where it is said to be."""
    text = " OR ".join(["is_final=TRUE"] * 200)

    assert parse_filter(text, SCHEMA).render().count("is_final") == 200


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("ServceName = 'x'", "did you mean ServiceName or ServiceCategory?"),
        ("teamid = 'x'", "did you mean x_TeamId?"),
        ("cost > 1", "did you mean EffectiveCost or BilledCost?"),
        ("zzzzz = 1", None),
    ],
)
def test_an_unknown_column_comes_with_close_ones(text: str, hint: str | None) -> None:
    """A misspelt or shortened column is guessed; nothing is guessed where nothing is near."""
    with pytest.raises(FilterError) as caught:
        parse_filter(text, SCHEMA)

    assert hint == caught.value.hint


@given(conditions)
@example(parse_filter("ServiceName <> 'x'", SCHEMA).condition)
def test_the_complement_of_the_complement_is_the_filter(condition: Condition) -> None:
    """Negate undoes itself, and what it gives can be read back."""
    once = Filter(condition).negate()

    assert once == parse_filter(once.render(), SCHEMA)
    assert once.negate() == Filter(condition)
