"""Two hundred hostile bills: (what is wrong with it, file name, bytes)."""

import bz2
import gzip
import io
import json
import zipfile
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
from ingest_cases import ROW, bill_text

Hostile = tuple[str, str, bytes]

HEADERS = {
    "focus": (list(ROW), list(ROW.values())),
    "cur": (
        [
            "bill/PayerAccountId",
            "bill/BillingPeriodStartDate",
            "bill/BillingPeriodEndDate",
            "lineItem/LineItemType",
            "lineItem/UsageStartDate",
            "lineItem/UsageEndDate",
            "lineItem/UsageAccountId",
            "lineItem/ProductCode",
            "lineItem/CurrencyCode",
            "lineItem/UnblendedCost",
            "lineItem/UsageAmount",
        ],
        [
            "1",
            "2026-10-01T00:00:00Z",
            "2026-11-01T00:00:00Z",
            "Usage",
            "2026-10-05T00:00:00Z",
            "2026-10-05T01:00:00Z",
            "2",
            "AmazonS3",
            "USD",
            "1.5",
            "3",
        ],
    ),
    "azure": (
        [
            "BillingAccountId",
            "SubscriptionId",
            "Date",
            "MeterId",
            "MeterCategory",
            "Quantity",
            "EffectivePrice",
            "CostInBillingCurrency",
            "BillingCurrencyCode",
            "BillingPeriodStartDate",
            "ChargeType",
            "PricingModel",
        ],
        ["1", "s", "10/05/2026", "m", "Storage", "3", "0.5", "1.5", "USD", "10/01/2026", "Usage", "OnDemand"],
    ),
    "gcp": (
        [
            "billing_account_id",
            "service.id",
            "service.description",
            "sku.id",
            "sku.description",
            "usage_start_time",
            "usage_end_time",
            "project.id",
            "cost",
            "currency",
            "credits",
            "invoice.month",
            "cost_type",
        ],
        [
            "1",
            "s",
            "Cloud Storage",
            "k",
            "Storage",
            "2026-10-05T00:00:00Z",
            "2026-10-05T01:00:00Z",
            "p",
            "1.5",
            "USD",
            "[]",
            "202610",
            "regular",
        ],
    ),
    "oci": (
        [
            "lineItem/referenceNo",
            "lineItem/tenantId",
            "lineItem/intervalUsageStart",
            "lineItem/intervalUsageEnd",
            "product/service",
            "usage/billedQuantity",
            "cost/myCost",
            "cost/currencyCode",
        ],
        ["r", "t", "2026-10-05T00:00Z", "2026-10-05T01:00Z", "COMPUTE", "3", "1.5", "USD"],
    ),
}
"""Header and one good row of each form."""
COSTS = {
    "focus": "BilledCost",
    "cur": "lineItem/UnblendedCost",
    "azure": "CostInBillingCurrency",
    "gcp": "cost",
    "oci": "cost/myCost",
}
DATES = {
    "focus": "ChargePeriodStart",
    "cur": "lineItem/UsageStartDate",
    "azure": "Date",
    "gcp": "usage_start_time",
    "oci": "lineItem/intervalUsageStart",
}
NUMBERS = (
    "abc",
    "1e400",
    "NaN",
    "Infinity",
    "-",
    "1,5",
    "0x10",
    "１２",
    "99999999999999999999999",
    "=1+1",
    "1e-5000",
    "--1",
    "1_000",
    "$5",
    "1.2.3",
)
MOMENTS = (
    "0000-00-00",
    "2026-13-01",
    "31/31/2026",
    "1e9",
    "infinity",
    "epoch",
    "now()",
    "2026-10-05T99:00:00Z",
    "9999-12-31",
    "'; DROP TABLE charges; --",
)


def csv_text(header: list[str], *rows: list[str]) -> str:
    """CSV with every field in quotes."""
    return "".join(",".join('"' + v.replace('"', '""') + '"' for v in row) + "\n" for row in (header, *rows))


def hostile_inputs() -> list[Hostile]:
    """All of them."""
    makers = (
        _headers,
        _values,
        _encodings,
        _huge,
        _packed,
        _parquet,
        _json,
        _tags,
        _formulas,
        _names,
    )
    return [one for make in makers for one in make()]


def _headers() -> Iterator[Hostile]:
    for form, (header, row) in HEADERS.items():
        cost = header.index(COSTS[form])
        short = csv_text(header[:cost] + header[cost + 1 :], row[:cost] + row[cost + 1 :])
        yield f"{form}: no cost", "b.csv", short.encode()
        yield f"{form}: cost twice", "b.csv", csv_text([*header, header[cost]], [*row, "9"]).encode()
        many = [f"c{i}" for i in range(2100)]
        yield f"{form}: 2,100 more columns", "b.csv", csv_text([*header, *many], [*row, *many]).encode()
        yield f"{form}: header alone", "b.csv", csv_text(header).encode()
        yield f"{form}: open quote in the header", "b.csv", ('"' + csv_text(header, row)).encode()
        names = [name + "'; DROP TABLE x; --\"" for name in ("a", "b")]
        yield f"{form}: names of SQL", "b.csv", csv_text([*header, *names], [*row, "1", "2"]).encode()
        yield f"{form}: rows too long", "b.csv", csv_text(header, *[[*row, "x", "y"]] * 150).encode()
        yield f"{form}: one row too short", "b.csv", csv_text(header, row, row[:-2], row).encode()


def _values() -> Iterator[Hostile]:
    for form, (header, row) in HEADERS.items():
        cost, day = header.index(COSTS[form]), header.index(DATES[form])
        # All numbers in one file: each is a reject of its own, between two good rows.
        wrong = [[*row[:cost], number, *row[cost + 1 :]] for number in NUMBERS]
        yield f"{form}: costs that are none", "b.csv", csv_text(header, row, *wrong, row).encode()
        when = [[*row[:day], moment, *row[day + 1 :]] for moment in MOMENTS]
        yield f"{form}: dates that are none", "b.csv", csv_text(header, row, *when, row).encode()
        for number in NUMBERS[:6]:
            text = csv_text(header, [*row[:cost], number, *row[cost + 1 :]])
            yield f"{form}: cost {number}", "b.csv", text.encode()
        for moment in MOMENTS[:3]:
            text = csv_text(header, [*row[:day], moment, *row[day + 1 :]])
            yield f"{form}: date {moment}", "b.csv", text.encode()


def _encodings() -> Iterator[Hostile]:
    text = bill_text({"ServiceName": "Zürich 東京"})
    for encoding in ("utf-16", "utf-16-le", "utf-32", "latin-1", "shift_jis", "utf-7", "cp500"):
        yield f"encoded as {encoding}", "b.csv", text.encode(encoding, "replace")
    raw = text.encode()
    yield "two byte order marks", "b.csv", b"\xef\xbb\xbf" * 2 + raw
    yield "zeros within", "b.csv", raw.replace(b"AWS", b"A\x00S", 1)
    yield "half a character", "b.csv", raw.replace("東".encode(), b"\xe6\x9d")
    yield "overlong slash", "b.csv", raw.replace("東".encode(), b"\xc0\xaf")
    yield "surrogate", "b.csv", raw.replace("東".encode(), b"\xed\xa0\x80")
    yield "carriage returns alone", "b.csv", raw.replace(b"\n", b"\r")
    yield "line ends of all kinds", "b.csv", raw.replace(b"\n", b"\r\n", 1) + raw.splitlines()[-1] + b"\r"
    yield "zeros alone", "b.csv", b"\x00" * 10_000
    yield "a byte", "b.csv", b"x"
    yield "line ends alone", "b.csv", b"\n" * 10_000


def _huge() -> Iterator[Hostile]:
    good = bill_text({})
    yield "a field of 9 MiB", "b.csv", bill_text({"ServiceName": "x" * (9 << 20)}).encode()
    yield "a field of 1 MiB", "b.csv", bill_text({"ServiceName": "x" * (1 << 20)}).encode()
    yield "a header of 2 MiB", "b.csv", (f'"{"h" * (2 << 20)}",' + good).encode()
    yield "100,000 columns", "b.csv", (",".join(f"c{i}" for i in range(100_000)) + "\n1\n").encode()
    yield "a quote that never ends", "b.csv", (good + '"' + "x,\n" * 200_000).encode()
    yield "delimiters alone", "b.csv", (good + "," * 500_000 + "\n").encode()
    yield "a million line ends in a field", "b.csv", bill_text({"ServiceName": "\n" * 1_000_000}).encode()


def _packed() -> Iterator[Hostile]:
    good = bill_text({}).encode()
    bomb = gzip.compress(good + b"0" * (200 << 20), 9)
    yield "a bomb", "b.csv.gz", bomb
    yield "a bomb in the header", "b.csv.gz", gzip.compress(b"a," * (64 << 20), 9)
    yield "a bomb of JSON", "b.json.gz", gzip.compress(b'{"a":"' + b"0" * (200 << 20), 9)
    packed = gzip.compress(good * 100)
    yield "cut", "b.csv.gz", packed[: len(packed) // 2]
    yield "bytes after it", "b.csv.gz", packed + b"garbage"
    yield "a flipped bit", "b.csv.gz", packed[:40] + bytes([packed[40] ^ 1]) + packed[41:]
    yield "gzip in gzip", "b.csv.gz", gzip.compress(packed)
    yield "empty inside", "b.csv.gz", gzip.compress(b"")
    yield "two members", "b.csv.gz", gzip.compress(good) + gzip.compress(good)
    yield "gzip without the name", "b.csv", packed
    yield "no gzip with the name", "b.csv.gz", good
    yield "bzip2", "b.csv", bz2.compress(good)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("../../evil.csv", good)
    yield "a ZIP with a path", "b.csv", archive.getvalue()
    yield "a ZIP called gz", "b.csv.gz", archive.getvalue()


def _parquet_of(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def _parquet() -> Iterator[Hostile]:
    table = pa.table({name: [value] for name, value in ROW.items()})
    good = _parquet_of(table)
    yield "Parquet cut", "b.parquet", good[: len(good) // 2]
    yield "Parquet without a footer", "b.parquet", good[:-4]
    yield "Parquet's magic alone", "b.parquet", b"PAR1PAR1PAR1"
    yield "a footer of zeros", "b.parquet", good[:-60] + b"\x00" * 52 + good[-8:]
    yield "a footer that says it is huge", "b.parquet", good[:-8] + b"\xff\xff\xff\x7fPAR1"
    yield "Parquet without rows", "b.parquet", _parquet_of(table.slice(0, 0))
    yield "Parquet called CSV", "b.csv", good
    yield "CSV called Parquet", "b.parquet", bill_text({}).encode()
    lists = table.set_column(0, "BilledCost", pa.array([[1.5]]))
    yield "a list for a cost", "b.parquet", _parquet_of(lists)
    structs = table.set_column(0, "BilledCost", pa.array([{"amount": 1.5}]))
    yield "a struct for a cost", "b.parquet", _parquet_of(structs)
    yield (
        "bytes for a cost",
        "b.parquet",
        _parquet_of(table.set_column(0, "BilledCost", pa.array([b"\xff\xfe"]))),
    )
    yield (
        "NaN for a cost",
        "b.parquet",
        _parquet_of(table.set_column(0, "BilledCost", pa.array([float("nan")]))),
    )
    deep: pa.Array = pa.array(["x"])
    for _ in range(60):
        deep = pa.StructArray.from_arrays([deep], ["d"])
    yield "structs 60 deep", "b.parquet", _parquet_of(table.append_column("deep", deep))
    odd = pa.table({**{n: [v] for n, v in ROW.items()}, 'a"; DROP TABLE x; --': ["1"], "": ["2"]})
    yield "odd names in Parquet", "b.parquet", _parquet_of(odd)
    keys = [{f"k{i}": str(i) for i in range(5_000)}]
    yield "a struct of 5,000 fields", "b.parquet", _parquet_of(table.append_column("Tags", pa.array(keys)))


def _json() -> Iterator[Hostile]:
    header, row = HEADERS["gcp"]
    good = json.dumps(dict(zip(header, row, strict=True)))
    yield "deep JSON", "b.json", (good + "\n" + '{"a":' * 5_000 + "1" + "}" * 5_000 + "\n").encode()
    yield "deep JSON first", "b.json", ('{"a":' * 100_000).encode()
    yield "deep lists", "b.json", (good + "\n" + "[" * 100_000 + "\n").encode()
    yield "one array", "b.json", f"[{good}]".encode()
    yield "printed over lines", "b.json", json.dumps(json.loads(good), indent=1).encode()
    yield "a number of 10,000 digits", "b.json", good.replace('"1.5"', "9" * 10_000).encode()
    yield "NaN in JSON", "b.json", good.replace('"1.5"', "NaN").encode()
    yield "a key twice", "b.json", good.replace('{"', '{"cost": "7", "', 1).encode()
    keys = json.dumps({**json.loads(good), "labels": {f"k{i}": "v" for i in range(10_000)}})
    yield "10,000 keys in an object", "b.json", keys.encode()
    yield "JSON in Latin", "b.json", good.replace("Storage", "Lagerstätte").encode("latin-1")
    yield "zeros in JSON", "b.json", good.replace("Storage", "S\x00e").encode()
    yield "a line of 9 MiB", "b.json", good.replace("Storage", "s" * (9 << 20)).encode()
    for array in (
        '{"amount":1}',
        "7",
        '"x"',
        "[1]",
        "[[]]",
        '[{"amount":"x"}]',
        '[{"amount":1e400}]',
        "[null]",
    ):
        yield (
            f"credits {array}",
            "b.json",
            json.dumps({**json.loads(good), "credits": json.loads(array)}).encode(),
        )
    many = json.dumps({**json.loads(good), "credits": [{"amount": "-1"}] * 5_000})
    yield "5,000 credits", "b.json", many.encode()


def _tags() -> Iterator[Hostile]:
    many = json.dumps({f"key{i}": "v" for i in range(10_000)})
    yield "10,000 tag keys", "b.csv", bill_text({"Tags": many}).encode()
    each = [{"Tags": json.dumps({f"key{i}": "v"})} for i in range(10_000)]
    yield "10,000 keys over rows", "b.csv", bill_text(*each).encode()
    for name, tags in {
        "cut": '{"a": "b',
        "a list": "[1, 2]",
        "a number": "7",
        "deep": '{"a":' * 2_000 + "1" + "}" * 2_000,
        "a key twice": '{"a": "1", "a": "2"}',
        "an empty key": '{"": "x"}',
        "a key of quotes": '{"\\"\'; --": "x"}',
        "a value of 1 MB": json.dumps({"a": "x" * 1_000_000}),
        "zeros": '{"a": "\\u0000"}',
        "lone surrogates": '{"a": "\\ud800"}',
        "HTML": '{"a": "<script>alert(1)</script>"}',
    }.items():
        yield f"tags: {name}", "b.csv", bill_text({"Tags": tags}).encode()


def _formulas() -> Iterator[Hostile]:
    for text in (
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "+1+1",
        "-2+3",
        "\t=1",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "%n%s",
    ):
        yield (
            f"formula {text!r}",
            "b.csv",
            bill_text({"ServiceName": text, "Tags": json.dumps({text: text})}).encode(),
        )


def _names() -> Iterator[Hostile]:
    good = bill_text({}).encode()
    for name in (
        "a'b.csv",
        'a"b.csv',
        "a*b.csv",
        "a?b.csv",
        "a[b].csv",
        "-rf.csv",
        "a\nb.csv",
        "$(touch x).csv",
        "東京.csv",
        "a;b.csv",
        "%2e%2e.csv",
    ):
        yield f"called {name!r}", name, good
