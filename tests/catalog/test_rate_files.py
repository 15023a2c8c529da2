"""Files of rates as the ECB publishes them, written down by hand, and what is wrong with others."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from warikan.catalog.currencies import CurrencySettings
from warikan.catalog.rate_files import read_rates
from warikan.catalog.rates import RateBook
from warikan.focus.errors import ConfigError

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
HISTORY = """\
Date,USD,JPY,BGN,ISK,
2026-11-03,1.0900,161.20,N/A,142.1,
2026-11-02,1.0950,161.80,N/A,142.3,
2026-10-30,1.0830,163.90,N/A,,
2026-10-29,1.0800,163.50,1.9558,141.0,
2026-10-01,1.0770,163.10,1.9558,141.2,
"""
"""eurofxref-hist.csv: newest first, N/A where there is none, a comma at the end of each line."""
TODAY = """\
Date, USD, JPY, \n02 November 2026, 1.0950, 161.80, \n"""
"""eurofxref.csv: one day, in words."""
PORTAL = """\
KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE
EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-10-29,1.08,A,"US dollar, ECB reference"
EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-10-30,1.10,A,"US dollar, ECB reference"
EXR.D.JPY.EUR.SP00.A,D,JPY,EUR,SP00,A,2026-10-30,,H,Japanese yen
EXR.D.JPY.EUR.SP00.A,D,JPY,EUR,SP00,A,2026-10-29,163.5,A,Japanese yen
EXR.D.E02.EUR.EN00.A,D,E02,EUR,EN00,A,2026-10-30,98.1,A,Effective rate
"""
MONTHLY = """\
KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE
EXR.M.USD.EUR.SP00.A,M,USD,EUR,SP00,A,2026-10,1.0818
EXR.M.USD.EUR.SP00.E,M,USD,EUR,SP00,E,2026-10,1.0830
EXR.A.USD.EUR.SP00.A,A,USD,EUR,SP00,A,2026,1.09
"""
SIMPLE = """\
Month,From,To,Rate,Note
2026-10,EUR,USD,1.08,treasury
2026-10,JPY,EUR,0.0061,treasury
"""


def read(folder: Path, text: str, **told: Any) -> RateBook:
    """The rates of a file with *text*."""
    (folder / "rates.csv").write_text(text, encoding="utf-8-sig")
    settings = CurrencySettings.model_validate({"rates": {"path": "rates.csv"}} | told)
    return read_rates(settings, folder)


def values(book: RateBook, month: date = OCTOBER) -> dict[str, Decimal]:
    """Of one month, against the base."""
    return {currency: rate.value for currency, rate in book.months[month].rates.items()}


def test_the_history_of_the_ecb(tmp_path: Path) -> None:
    """The rate of a month is the average of its days; a currency without a day has none."""
    book = read(tmp_path, HISTORY)

    assert values(book) == {
        "USD": Decimal("1.08"),
        "JPY": Decimal("163.5"),
        "BGN": Decimal("1.9558"),
        "ISK": Decimal("141.1"),
    }
    assert values(book, NOVEMBER).keys() == {"USD", "JPY", "ISK"}
    usd = book.months[OCTOBER].rates["USD"]
    assert usd.source == "rates.csv: average of 3 days to 2026-10-30"
    assert book.months[OCTOBER].is_complete
    assert book.months[NOVEMBER].reaches == date(2026, 11, 3)


def test_the_last_rate_of_the_month(tmp_path: Path) -> None:
    """Where the settings say so; of a currency that stopped, the last it had."""
    book = read(tmp_path, HISTORY, monthly="last")

    assert values(book)["USD"] == Decimal("1.0830")
    assert values(book)["BGN"] == Decimal("1.9558")
    assert book.months[OCTOBER].rates["BGN"].source == "rates.csv: rate of 2026-10-29"


def test_an_average_has_34_digits(tmp_path: Path) -> None:
    """Half-even, whatever the order of the lines."""
    lines = ["2026-10-01,1", "2026-10-02,1", "2026-10-05,2"]
    books = [read(tmp_path, "\n".join(["Date,USD", *order])) for order in (lines, lines[::-1])]

    assert [values(b)["USD"] for b in books] == [Decimal("1." + "3" * 33)] * 2


def test_one_day_in_words(tmp_path: Path) -> None:
    """With a space after each comma."""
    assert values(read(tmp_path, TODAY), NOVEMBER) == {"USD": Decimal("1.0950"), "JPY": Decimal("161.80")}


def test_the_data_portal(tmp_path: Path) -> None:
    """One line for each day and currency; what is no exchange rate is left out."""
    assert values(read(tmp_path, PORTAL)) == {"USD": Decimal("1.09"), "JPY": Decimal("163.5")}


@pytest.mark.parametrize(("monthly", "rate"), [("average", "1.0818"), ("last", "1.0830")])
def test_monthly_rates_of_the_data_portal(tmp_path: Path, monthly: str, rate: str) -> None:
    """The ECB's own average or last rate, as the settings say; years are left out."""
    book = read(tmp_path, MONTHLY, monthly=monthly)

    assert values(book) == {"USD": Decimal(rate)}
    assert book.months[OCTOBER].is_complete


def test_a_simple_list(tmp_path: Path) -> None:
    """One side is the base; the other way round is its reciprocal, and back it is what was written."""
    book = read(tmp_path, SIMPLE)
    there, back = book.find("JPY", "EUR", OCTOBER), book.find("EUR", "USD", OCTOBER)

    assert there is not None
    assert back is not None
    assert (there.value, back.value) == (Decimal("0.0061"), Decimal("1.08"))


def test_from_one_currency_to_another(tmp_path: Path) -> None:
    """Through the base, rounded once to 15 decimals; the same currency is 1; what is not known is not 1."""
    book = read(tmp_path, HISTORY)
    cross = book.find("USD", "JPY", OCTOBER)

    assert cross is not None
    assert cross.value == Decimal("151.388888888888889")
    assert cross.source == ("rates.csv: average of 3 days to 2026-10-30")
    assert [book.find(c, c, SEPTEMBER).value for c in ("USD", "XYZ")] == [1, 1]  # type: ignore[union-attr]
    assert book.find("USD", "JPY", SEPTEMBER) is None
    assert book.find("XYZ", "JPY", OCTOBER) is None
    assert book.find("BGN", "JPY", NOVEMBER) is None


def test_the_table_goes_before_the_file(tmp_path: Path) -> None:
    """One's own rate of one month; the others stay."""
    told = {"path": "rates.csv", "table": {"2026-10": {"USD": 1.5}, "2026-09": {"JPY": 160}}}
    book = read(tmp_path, HISTORY, rates=told)

    assert values(book)["USD"] == Decimal("1.5")
    assert values(book)["JPY"] == Decimal("163.5")
    assert book.months[OCTOBER].rates["USD"].source == "warikan.yaml"
    assert values(book, SEPTEMBER) == {"JPY": Decimal(160)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no form that is known"),
        ("a,b\n1,2\n", "no form that is known"),
        ("Date,USD\n2026-10-01,1.0.8\n", "line 2: '1.0.8' is no rate"),
        ("Date,USD\n2026-10-01,-1\n", "is no rate"),
        ("Date,USD\n2026-10-01,0\n", "is no rate"),
        ("Date,USD\n2026-10-01,Infinity\n", "is no rate"),
        ("Date,USD\n2026-10-01,1e999999999\n", "is no rate"),
        ("Date,USD\n2026-10-01," + "9" * 5000 + "\n", "is no rate"),
        ("Date,USD\n\n2026-13-01,1\n", "line 3: '2026-13-01' is neither a day"),
        ("Date,USD\n31 Brumaire 2026,1\n", "is neither a day"),
        ("Date,US$\n2026-10-01,1\n", "'US$' is no currency"),
        ("Date,USD,EUR\n2026-10-01,1.08,1.1\n", "which is|it is `currencies.base`"),
        ("Date,USD\n2026-10-01,1.08\n2026-10-01,1.09\n", "two rates of USD for 2026-10-01"),
        ("month,from,to,rate\n2026-10,USD,JPY,151\n", "neither USD nor JPY is EUR"),
        ("month,from,to,rate\n10/2026,EUR,USD,1.08\n", "is no month"),
        (PORTAL.replace(",EUR,SP00", ",USD,SP00"), "against 'USD'"),
        (MONTHLY.replace("2026-10,1.0818", "2026-10-01,1.0818"), "does not go with the frequency M"),
        ("Date,USD\n2026-10-01,\x00\n", "no CSV in UTF-8|is no rate"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    """With the file and the line; nothing is guessed."""
    with pytest.raises(ConfigError, match=said.replace("$", r"\$")):
        read(tmp_path, text)


def test_files_that_are_no_text_and_files_that_are_not_there(tmp_path: Path) -> None:
    """Neither is taken for an empty one."""
    settings = CurrencySettings.model_validate({"rates": {"path": "rates.csv"}})
    with pytest.raises(ConfigError, match="No such file"):
        read_rates(settings, tmp_path)
    (tmp_path / "rates.csv").write_bytes(b"\xff\xfe\x00D")
    with pytest.raises(ConfigError, match="no CSV in UTF-8"):
        read_rates(settings, tmp_path)


def test_rates_that_cannot_be_multiplied_exactly_are_refused(tmp_path: Path) -> None:
    """Beyond 8 digits before the point, or nothing in 15 after it."""
    book = read(tmp_path, "Date,BIG,TINY\n2026-10-01,900000000,0.0000001\n")

    for one, other in (("TINY", "BIG"), ("EUR", "BIG"), ("BIG", "TINY")):
        with pytest.raises(ConfigError, match=f"the rate from {one} to {other}"):
            book.find(one, other, OCTOBER)


@pytest.mark.parametrize(
    "told",
    [
        {"display": "JPY"},
        {"rates": {"table": {"2026-10": {"EUR": 2}}}},
        {"rates": {"table": {"2026-10": {"USD": 0}}}},
        {"rates": {"table": {"2026-1": {"USD": 1}}}},
        {"rates": {"table": {"2026-10": {"US D": 1}}}},
        {"monthly": "median"},
    ],
)
def test_settings_that_make_no_sense(told: dict[str, Any]) -> None:
    """Refused where they are read."""
    with pytest.raises(ValidationError):
        CurrencySettings.model_validate(told)


def test_the_mark_changes_exactly_with_the_rates(tmp_path: Path) -> None:
    """The same rates have the same mark, whatever else is in the file."""
    first = read(tmp_path, SIMPLE).mark

    assert read(tmp_path, SIMPLE.replace("treasury", "bank")).mark == first
    assert read(tmp_path, SIMPLE.replace("1.08", "1.09")).mark != first
