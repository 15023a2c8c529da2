"""
What containers use when they are busy, and what they would ask for if they asked for that.

A container's peak is the 95th percentile of its use over the hours of all its replicas, where the use of an
hour is its mean: a peak of minutes inside an hour does not show. A request at the peak is the peak and a
margin on top, as VPA's recommender and KRR add (research/k8s.md 5).
"""

from datetime import datetime
from typing import Literal, cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from warikan.engine.engine import Engine
from warikan.engine.functions import quantile_of, whole_division
from warikan.engine.usage import PLACES, SUM, UsageQuery, containers_of, understand

QUANTILE = 0.95
MARGIN_PERCENT = 15
"""On top of the peak."""
ENOUGH_SECONDS = 300
"""An hour in which a container ran for less says little of its use; it counts where there is no other."""
_RESOURCES = ("Cpu", "Memory")
Basis = Literal["max", "request", "usage"]
"""What containers pay for: ``clusters.<id>.basis`` of ``warikan.yaml``."""


def ask_peaks(engine: Engine, query: UsageQuery, *, basis: Basis = "max", now: datetime) -> pa.Table:
    """
    The containers that *query* is about, as they are and with requests at their peak.

    Returns: one row per *query.by* and ``x_Container``, largest demand for CPU first: the columns of *by*,
    ``x_Container``; ``RunSeconds``; for CPU (millicores) and memory (bytes):
    ``<resource>Request`` and ``Usage``, sums as in ``ask_usage``;
    ``<resource>Peak``, its 95th percentile while it ran, int64, null where use was not measured;
    ``<resource>AtPeak``, the request at the peak, int64, null likewise;
    ``<resource>Demand``, what it pays for by *basis*, and ``<resource>DemandAtPeak``, what it would pay for
    with that request: Σ over hours of max(request, use), decimal128(38, 0). Where use was not measured, or
    only use is paid for, nothing changes.

    Raises:
        UsageError (UnknownColumn, FilterError, PeriodError): what is asked cannot be.
    """
    asked = understand(engine, query, PLACES, now=now)
    by = list(dict.fromkeys([*(group.id for group in asked.groups), "x_Container"]))
    rows = containers_of(engine, asked, *by)
    rows = rows.mutate(**{f"_{r}": _mean(rows, r) for r in _RESOURCES})
    keys = {f"g{i}": rows[name] for i, name in enumerate(by)}
    peaks = rows.group_by(**keys).agg(**{f"{r}Peak": _peak(rows, r) for r in _RESOURCES})
    peaks = peaks.mutate(**{f"{r}AtPeak": _with_margin(peaks[f"{r}Peak"]) for r in _RESOURCES})
    other = peaks.rename({f"_{name}": name for name in peaks.columns})
    met = rows.left_join(other, [rows[name].identical_to(other[f"_g{i}"]) for i, name in enumerate(by)])
    sums = {"RunSeconds": _sum(met.RunSeconds)}
    for r in _RESOURCES:
        demand = _demand(met, r, met[f"{r}Request"], met[f"{r}Demand"], basis)
        at_peak = met[f"_{r}AtPeak"]
        wanted = ibis.ifelse(at_peak.isnull(), demand, _at_request(met, r, at_peak * met.RunSeconds, basis))
        sums |= {name: _sum(met[name]) for name in (f"{r}Request", f"{r}Usage")}
        sums |= {f"{r}Peak": met[f"_{r}Peak"].max(), f"{r}AtPeak": at_peak.max()}
        sums |= {f"{r}Demand": _sum(demand), f"{r}DemandAtPeak": _sum(wanted)}
    added = met.group_by(**{f"g{i}": met[name] for i, name in enumerate(by)}).agg(**sums)
    added = added.order_by([added.CpuDemand.desc(), *(added[f"g{i}"] for i in range(len(by)))])
    found = engine.to_arrow(added).rename_columns([*by, *sums])
    return found.cast(
        pa.schema([f if f.name in by or _is_rate(f.name) else f.with_type(_EXACT) for f in found.schema])
    )


_EXACT = pa.decimal128(38, 0)


def _is_rate(name: str) -> bool:
    return name.endswith("Peak") and not name.endswith("DemandAtPeak")


def _mean(rows: ir.Table, resource: str) -> ir.IntegerValue:
    """Mean use in an hour: millicores or bytes; null where it was not measured or did not run."""
    ran = rows.RunSeconds > 0
    seconds = ibis.ifelse(ran, rows.RunSeconds, 1)
    return cast(
        "ir.IntegerValue",
        ibis.ifelse(ran, whole_division(rows[f"{resource}Usage"], seconds), ibis.null(dt.int64)),
    )


def _peak(rows: ir.Table, resource: str) -> ir.IntegerValue:
    mean = rows[f"_{resource}"]
    long = quantile_of(mean, QUANTILE, where=rows.RunSeconds >= ENOUGH_SECONDS)
    return cast("ir.IntegerValue", ibis.coalesce(long, quantile_of(mean, QUANTILE)))


def _with_margin(peak: ir.Value) -> ir.IntegerValue:
    return whole_division(peak * (100 + MARGIN_PERCENT) + 99, 100)


def _demand(
    rows: ir.Table, resource: str, request: ir.Value, larger: ir.Value, basis: Basis
) -> ir.IntegerValue:
    """As allocation weighs a container-hour (research/k8s.md 6.2, S4)."""
    asked = ibis.coalesce(request, 0)
    if basis == "request":
        return cast("ir.IntegerValue", asked)
    if basis == "usage":
        return cast("ir.IntegerValue", ibis.coalesce(rows[f"{resource}Usage"], asked))
    return cast("ir.IntegerValue", ibis.coalesce(larger, asked))


def _at_request(rows: ir.Table, resource: str, request: ir.Value, basis: Basis) -> ir.IntegerValue:
    """The weight of a container-hour that asks for *request*; its minutes are not known any more."""
    return _demand(rows, resource, request, ibis.greatest(request, rows[f"{resource}Usage"]), basis)


def _sum(values: ir.Value) -> ir.Value:
    total = cast("ir.IntegerColumn", values).sum().cast(SUM)
    return ibis.coalesce(total, ibis.literal(0, type=SUM))
