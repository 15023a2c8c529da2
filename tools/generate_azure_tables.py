"""
Write the lookup tables of the source ``azure`` from the open data of Microsoft's FinOps toolkit.

Run ``uv run python tools/generate_azure_tables.py ../shared/data/open-data`` after new open data is published
(https://github.com/microsoft/finops-toolkit, src/open-data, MIT). Keys are made as mapping.toml makes them:
lower case, and for units and regions without spaces. Where the open data contradicts itself under such a
key, the script stops.
"""

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from pathlib import Path

Row = dict[str, str]
TARGET = Path(__file__).parent.parent / "src/warikan/ingest/sources/azure"
TIMES = "Second|Minute|Hour|Day|Month|Year"
SIZES = "[KMGTP]i?B"
# ServiceFamily of the cost details (learn.microsoft.com, retail prices API) → FOCUS ServiceCategory, for
# charges whose service is in no table; None of it is in the open data.
FAMILIES = {
    "ai + machine learning": "AI and Machine Learning",
    "analytics": "Analytics",
    "azure arc": "Multicloud",
    "azure communication services": "Integration",
    "azure security": "Security",
    "azure stack": "Multicloud",
    "blockchain": "Databases",
    "compute": "Compute",
    "containers": "Compute",
    "data": "Databases",
    "databases": "Databases",
    "developer tools": "Developer Tools",
    "gaming": "Media",
    "identity": "Identity",
    "integration": "Integration",
    "internet of things": "Internet of Things",
    "management and governance": "Management and Governance",
    "media": "Media",
    "microsoft syntex": "Business Applications",
    "migration": "Migration",
    "mixed reality": "Media",
    "networking": "Networking",
    "power platform": "Business Applications",
    "quantum computing": "Compute",
    "security": "Security",
    "storage": "Storage",
    "telecommunications": "Networking",
    "web": "Web",
    "windows virtual desktop": "Compute",
}
# Subcategories of the open data that FOCUS calls otherwise.
SUBCATEGORIES = {"Quantum": "Quantum Compute", "Data Transfer": "Data Migration"}
ANY = "*"
# MeterCategory → (ServiceCategory, ServiceSubcategory) where no service of the open data has that name.
METERS = {
    "bandwidth": ("Networking", "Network Connectivity"),
    "virtual machines licenses": ("Compute", "Virtual Machines"),
    "cloud services": ("Compute", "Virtual Machines"),
}


def read(folder: Path, name: str) -> list[Row]:
    """The rows of an open-data file."""
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One sorted table without repeated keys."""
    with (TARGET / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(sorted(tuple(row) for row in rows))


def put(table: dict[str, tuple[str, ...]], key: str, values: tuple[str, ...], what: str) -> None:
    """Set *key*, which must not say something else already."""
    if table.setdefault(key, values) != values:
        sys.exit(f"{what}: {key!r} is both {table[key]} and {values}")


def unit_of(name: str) -> str:
    """
    A unit of the open data in FOCUS form.

    An amount of storage times time has a hyphen (UnitFormat): what Microsoft bills per "GB/Month" is
    gigabytes kept times months, as 24.8 of them in a month shows.

    >>> unit_of("GB/Month"), unit_of("GB Hours"), unit_of("Units/Day"), unit_of("IOPS/Month")
    ('GB-Months', 'GB-Hours', 'Units/Day', 'IOPS/Month')
    """
    if found := re.fullmatch(rf"({SIZES})/({TIMES})", name):
        return f"{found[1]}-{found[2]}s"
    return re.sub(rf"^({SIZES}) ({TIMES})s$", r"\1-\2s", name)


def units(folder: Path) -> None:
    """units.csv: UnitOfMeasure → how many units it is, 1 / that, and the units of price and of use."""
    table: dict[str, tuple[str, ...]] = {}
    for row in read(folder, "PricingUnits.csv"):
        block, unit = row["PricingBlockSize"], unit_of(row["DistinctUnits"])
        with localcontext(prec=40):
            share = (Decimal(1) / Decimal(block)).quantize(Decimal(1).scaleb(-18))
        price_unit = unit if block == "1" else f"{block} {unit}"
        key = re.sub(r"\s", "", row["UnitOfMeasure"]).lower()
        put(table, key, (block, f"{share.normalize():f}", price_unit, unit), "PricingUnits.csv")
    header = ("UnitOfMeasure", "BlockSize", "PerBlock", "PricingUnit", "ConsumedUnit")
    write("units.csv", header, ((key, *values) for key, values in table.items()))


def regions(folder: Path) -> None:
    """regions.csv: a location in any spelling → RegionId, RegionName."""
    table: dict[str, tuple[str, ...]] = {}
    for row in read(folder, "Regions.csv"):
        for spelling in (row["OriginalValue"], row["RegionId"], row["RegionName"]):
            key = re.sub(r"\s", "", spelling).lower()
            if key:
                table.setdefault(key, (row["RegionId"], row["RegionName"]))
    for row in read(folder, "Regions.csv"):
        # What a location itself is listed as counts more than what another's name happens to be.
        key = re.sub(r"\s", "", row["OriginalValue"]).lower()
        table[key] = (row["RegionId"], row["RegionName"])
    write("regions.csv", ("Location", "RegionId", "RegionName"), ((k, *v) for k, v in table.items()))


def resource_types(folder: Path) -> None:
    """resource_types.csv: ARM resource type → its display name."""
    table = {
        row["ResourceType"].lower(): row["SingularDisplayName"]
        for row in read(folder, "ResourceTypes.csv")
        if row["SingularDisplayName"]
    }
    write("resource_types.csv", ("Type", "Name"), table.items())


def services(folder: Path) -> None:
    """
    services.csv and service_names.csv.

    services: (ConsumedService, ResourceType) → service; with * where the other part alone tells, and empty
    values where it does not tell that much. service_names: a name of a service, a meter category or a
    service family → category.
    """
    header = ("ServiceName", "ServiceCategory", "ServiceSubcategory", "PublisherName")
    exact: dict[tuple[str, str], tuple[str, ...]] = {}
    kinds: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    names: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in read(folder, "Services.csv"):
        row["ServiceSubcategory"] = SUBCATEGORIES.get(row["ServiceSubcategory"], row["ServiceSubcategory"])
        values = tuple(row[column] for column in header)
        consumed, kind = row["ConsumedService"].lower().strip(), row["ResourceType"].lower().strip()
        if consumed and kind:
            exact[consumed, kind] = values
        if kind:
            kinds[ANY, kind].add(values)
        if consumed:
            kinds[consumed, ANY].add(values)
        names[values[0].lower()].add(values[1:3])
    for key, found in kinds.items():
        # Column by column, what all agree on.
        exact[key] = tuple(one.pop() if len(one) == 1 else "" for one in map(set, zip(*found, strict=True)))
    write(
        "services.csv",
        ("ConsumedService", "ResourceType", *header),
        ((*key, *values) for key, values in exact.items() if any(values)),
    )
    known = {name: next(iter(found)) for name, found in names.items() if len(found) == 1}
    bare = {re.sub(r"^(azure|microsoft) ", "", name): values for name, values in known.items()}
    families = {name: (category, "") for name, category in FAMILIES.items()}
    write(
        "service_names.csv",
        ("Name", "ServiceCategory", "ServiceSubcategory"),
        ((name, *values) for name, values in (families | METERS | bare | known).items()),
    )


if __name__ == "__main__":
    source = Path(sys.argv[1])
    units(source)
    regions(source)
    resource_types(source)
    services(source)
