"""``warikan cost --in`` and ``warikan currencies``, as a person types them."""

import json
from pathlib import Path

import pytest
from cli_bills import Run

RATES = "Date,USD,JPY,\n2026-10-01,1.1,165,\n2026-09-30,1.10,166.1,\n2026-09-01,1.10,163.9,\n"


@pytest.fixture
def rated(workspace: Path) -> Path:
    """The workspace with rates: 1 USD is 150 JPY in September."""
    (workspace / "rates.csv").write_text(RATES)
    told = (workspace / "warikan.yaml").read_text()
    own = "currencies: {display: JPY, rates: {path: rates.csv}}\n"
    (workspace / "warikan.yaml").write_text(f"{told}\n{own}")
    return workspace


def test_cost_in_another_currency_beside_what_is_billed(rated: Path, run: Run) -> None:
    """JSON has both, and each rate; the rates are also said on stderr."""
    result = run("cost", "--period", "all", "--by", "service", "--in", "JPY", cwd=rated)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)

    assert (answer["results"][0]["currency"], answer["results"][0]["total"]) == ("USD", "5")
    display = answer["display"]
    assert (display["currency"], display["results"][0]["total"]) == ("JPY", "750")
    assert [row["cost"] for row in display["results"][0]["rows"]] == ["450", "300"]
    assert display["rates"] == [
        {
            "currency": "USD",
            "month": "2026-09",
            "rate": "150",
            "source": "rates.csv: average of 2 days to 2026-09-30",
            "frozen": False,
            "billed": {"EffectiveCost": "5"},
            "shown": {"EffectiveCost": "750"},
        }
    ]
    assert (
        "2026-09: 1 USD = 150 JPY (rates.csv: average of 2 days to 2026-09-30, not frozen)" in result.stderr
    )


def test_without_in_nothing_is_converted(rated: Path, run: Run) -> None:
    """Scripts get what they got before, whatever the page opens in."""
    answer = json.loads(run("cost", "--period", "all", cwd=rated).stdout)

    assert [one["currency"] for one in answer["results"]] == ["USD"]
    assert "display" not in answer


def test_csv_in_another_currency(rated: Path, run: Run) -> None:
    """The column is no billing currency any more, and says so."""
    result = run("cost", "--period", "all", "--in", "JPY", "--csv", cwd=rated)

    assert result.stdout.splitlines() == ["Currency,EffectiveCost", "JPY,750"]


def test_a_month_without_a_rate_is_said(rated: Path, run: Run) -> None:
    """It stays in dollars, and nobody can miss it."""
    (rated / "rates.csv").write_text("Date,USD,JPY\n2026-08-31,1,100\n")
    result = run("cost", "--period", "all", "--in", "JPY", "--csv", cwd=rated)

    assert result.stdout.splitlines() == ["Currency,EffectiveCost", "USD,5"]
    assert "2026-09: NO RATE to JPY: 5 USD stay as they are" in result.stderr


def test_listing_freezing_and_giving_up(rated: Path, run: Run) -> None:
    """What is frozen does not move with the file; each step says what it did."""

    def listed() -> list[tuple[str, str, str]]:
        rows = json.loads(run("currencies", "--json", cwd=rated).stdout)["rows"]
        return [(row["month"], row["rate"], row["state"]) for row in rows]

    assert listed() == [("2026-09", "150", "final")]
    frozen = run("currencies", "freeze", "--by", "kei", cwd=rated)
    assert (frozen.returncode, frozen.stderr.strip()) == (0, "frozen: 2026-09")
    (rated / "rates.csv").write_text(RATES.replace("1.10,", "1.00,"))
    assert listed() == [("2026-09", "150", "frozen")]
    assert run("currencies", "unfreeze", "2026-09", cwd=rated).returncode == 0
    assert listed() == [("2026-09", "165", "final")]
    assert run("currencies", "freeze", "2026-09", cwd=rated).stderr.startswith("2026-09: 2 rates against EUR")
    csv = run("currencies", "list", "--all", "--csv", cwd=rated).stdout.splitlines()
    assert csv[0] == "month,currency,to,rate,state,source"
    assert [line.split(",")[:5] for line in csv[1:]] == [
        ["2026-09", "EUR", "JPY", "165", "frozen"],
        ["2026-09", "USD", "JPY", "165", "frozen"],
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cost", "--in", "XYZ"), "there are no rates of XYZ"),
        (("currencies", "freeze", "2026-13"), "is no month"),
        (("currencies", "freeze", "2020-01"), "there are no rates of 2020-01"),
        (("currencies", "--in", "XYZ"), "there are no rates of XYZ"),
        (("cost", "--in", ""), "the currency to show amounts in is empty"),
        (("currencies", "--in", ""), "the currency to show amounts in is empty"),
    ],
)
def test_errors_say_what_to_do(rated: Path, run: Run, arguments: tuple[str, ...], said: str) -> None:
    """In one line, with what there is."""
    result = run(*arguments, cwd=rated)

    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_freezing_names_what_is_missing(rated: Path, run: Run) -> None:
    """What there is is kept, each gap is named, and a script sees it."""
    (rated / "rates.csv").write_text("Date,USD,JPY\n2026-10-01,1.1,165\n2026-09-30,N/A,165\n")
    for arguments in (("freeze",), ("freeze", "2026-09")):
        result = run("currencies", *arguments, cwd=rated)

        assert result.returncode == 1
        assert "2026-09: NOT FROZEN: USD: no rate" in result.stderr
        assert "not frozen: USD of 2026-09; what these months show changes" in result.stderr
    (rated / "rates.csv").write_text(RATES)
    whole = run("currencies", "freeze", cwd=rated)
    assert (whole.returncode, whole.stderr.strip()) == (0, "frozen: 2026-09")


def test_a_currency_in_lower_case(rated: Path, run: Run) -> None:
    """As in the settings, so on the command line."""
    told = (rated / "warikan.yaml").read_text()
    (rated / "warikan.yaml").write_text(told.replace("display: JPY", "display: jpy"))

    assert (
        run("cost", "--period", "all", "--in", "jpy", "--csv", cwd=rated).stdout.splitlines()[1] == "JPY,750"
    )
    for arguments in (("--in", "jpy"), ()):
        listed = json.loads(run("currencies", *arguments, "--json", cwd=rated).stdout)["rows"]
        assert [(row["currency"], row["to"], row["rate"]) for row in listed] == [("USD", "JPY", "150")]


def test_without_rates(workspace: Path, run: Run) -> None:
    """Asked for, it says what is missing."""
    result = run("cost", "--in", "JPY", cwd=workspace)

    assert result.returncode == 2
    assert "currencies.rates in warikan.yaml" in result.stderr
