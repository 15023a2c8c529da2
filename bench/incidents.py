"""``make bench-incidents``: planted incidents found, in time, with their money, beside simple rivals."""

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.alarms import Alarm, Score
from bench.estate_cubes import make_cubes
from bench.forecast_accuracy import print_forecasts, print_speed
from bench.nab_windows import print_nab
from bench.rival_detectors import LIBRARY, SIMPLE, alarms_of, library_interval
from warikan.estate.company_year import CompanyYear, simulate_year
from warikan.estate.incidents import PlantedIncident
from warikan.estate.own_moves import list_own_moves
from warikan.estate.weather import Noise
from warikan.insights.anomaly import Change, CostCube, Episode, Settings, detect, rank_changes

LEVELS: tuple[Noise, ...] = ("calm", "normal", "rough")
WARM_UP = 56
"""Days from which alarms count: who watches must first see what is usual. Incidents begin on day 70."""
SETTINGS = Settings()
_PROVIDERS = ("AWS", "Google Cloud", "Microsoft", "Mihari")


@dataclass(frozen=True)
class Told:
    """One year: what was planted, and what each detector told of it. *seconds*: that ours took."""

    noise: str
    incidents: tuple[PlantedIncident, ...]
    alarms: Mapping[str, Sequence[Alarm]]
    seconds: float


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="bench.incidents", description=__doc__)
    parser.add_argument("--seeds", type=int, default=25, help="how many years; noise levels take turns")
    parser.add_argument("--first", type=int, default=1, help="the first seed; 101 and up are for tuning")
    parser.add_argument("--forecast-seeds", type=int, default=3)
    parser.add_argument("--mornings", type=int, default=1, help="years that are watched morning by morning")
    parser.add_argument("--library-seeds", type=int, default=25, help="years on which library models run")
    parser.add_argument("--nab", type=Path, help="a copy of numenta/NAB: data/ and labels/")
    options = parser.parse_args()
    console = Console(width=150)
    seeds = range(options.first, options.first + options.seeds)
    scores: dict[str, Score] = {"Warikan": Score()} | {n: Score() for n in (*SIMPLE, *LIBRARY)}
    own, begun, detecting = list_own_moves(), time.perf_counter(), 0.0
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        with_library = [seed - options.first < options.library_seeds for seed in seeds]
        for told in pool.map(judge_year, seeds, with_library):
            detecting += told.seconds
            for name, alarms in told.alarms.items():
                scores[name].add(alarms, told.incidents, own, told.noise, SETTINGS.absorb_after_days)
    console.print(f"{options.seeds} years from seed {options.first}: {time.perf_counter() - begun:.0f} s; "
                  f"{detecting / options.seeds:.1f} s a year of one core in our detector")  # fmt: skip
    print_scores(console, scores)
    print_parts(console, scores["Warikan"])
    for seed in list(seeds)[: options.mornings]:
        watch_mornings(console, seed)
    if options.forecast_seeds:
        print_forecasts(console, list(seeds)[: options.forecast_seeds])
    print_speed(console)
    if options.nab:
        print_nab(console, options.nab)


def judge_year(seed: int, with_library: bool) -> Told:  # noqa: FBT001 - mapped over
    """The year of *seed*, told by every detector."""
    year = simulate_year(seed, noise=LEVELS[seed % 3])
    cubes = make_cubes(year.costs, year.start, year.until, year.until)
    since = time.perf_counter()
    alarms = {"Warikan": find(year, cubes)}
    seconds = time.perf_counter() - since
    return Told(
        year.noise, year.incidents, alarms | dict(rivals(year, cubes, with_library=with_library)), seconds
    )


def find(year: CompanyYear, cubes: Mapping[str, CostCube]) -> list[Alarm]:
    """What our detector tells of *year*."""
    changes = changes_of(year)
    alarms = []
    for currency, cube in cubes.items():
        others = [c.cost for name, c in cubes.items() if name != currency]
        told = detect(cube, settings=SETTINGS, beside=others)
        warm = [e for e in told if (e.onset - year.start).days >= WARM_UP]
        alarms += [alarm_of(e, year, changes) for e in warm]
    return alarms


def changes_of(year: CompanyYear) -> list[Change]:
    """The ledger of *year*; whose fault it was is left out."""
    return [Change(c.id, c.at, c.service, c.kind, c.title, c.scope) for c in year.changes]


def alarm_of(episode: Episode, year: CompanyYear, changes: Sequence[Change]) -> Alarm:
    """*episode* as an alarm, with the place of the guilty change, if there is one."""
    first, last = episode.onset - timedelta(days=9), episode.detected + timedelta(days=2)
    near = [c for c in changes if first <= c.at.date() <= last]
    ranked = rank_changes(episode, near, depends_on=year.depends_on)
    guilty = {c.id for c in year.changes if c.incident}
    places = [place for place, r in enumerate(ranked) if r.change.key in guilty]
    excess = episode.excess
    return Alarm(
        episode.scope.get("x_ServiceId"), episode.currency, episode.onset, episode.detected, episode.end,
        float(excess.point), episode.kind, len(episode.days), places[0] if places else None,
        (float(excess.low), float(excess.high)),
    )  # fmt: skip


def rivals(
    year: CompanyYear, cubes: Mapping[str, CostCube], *, with_library: bool
) -> Iterator[tuple[str, list[Alarm]]]:
    """What the simple detectors tell of *year*."""
    first = year.start + timedelta(days=WARM_UP)
    for name, judge in SIMPLE.items():
        panels = [c.cost.group(("x_ServiceId", "ServiceName"))[0] for c in cubes.values()]
        yield name, [a for p in panels for a in alarms_of(p, *judge(p.values), first)]
    if with_library:
        panels = [c.cost.group(("x_ServiceId",))[0] for c in cubes.values()]
        for name, make in LIBRARY.items():
            yield name, [a for p in panels for a in alarms_of(p, *library_interval(p.values, make), first)]


def print_scores(console: Console, scores: Mapping[str, Score]) -> None:
    """All detectors, one a row."""
    table = Table("detector", "incidents", "recall", "episodes", "precision", "with own moves*",
                  "median delay, days", "excess within 10 %", "kind right", "guilty in top 3")  # fmt: skip
    for name, s in scores.items():
        guilty = f"{s.top_three:.1%} of {len(s.ranks)}" if name == "Warikan" else "–"
        kinds = f"{s.kinds / max(s.found, 1):.1%}" if name == "Warikan" else "–"
        table.add_row(
            name, str(s.incidents), f"{s.recall:.1%}", str(s.alarms), f"{s.precision:.1%}",
            f"{s.precision_with_own:.1%}", f"{s.delay:.0f}", f"{s.within:.1%}", kinds, guilty,
        )  # fmt: skip
    console.print(table)
    console.print(
        "* right also where an episode tells of a lasting move that the company makes of itself, as the plan "
        "of its clusters and its commitments say (estate/own_moves.py): true rises that nobody planted."
    )


def print_parts(console: Console, score: Score) -> None:
    """Ours by kind and by noise."""
    table = Table("kind or noise", "incidents", "found", "on the first day", "within 10 %", "kind right",
                  "episodes true / false")  # fmt: skip
    for name, by in sorted(score.by.items()):
        told = "" if "true" not in by and "false" not in by else f"{by['true']} / {by['false']}"
        is_kind = name not in LEVELS
        table.add_row(
            name, str(by["all"]), str(by["found"]), str(by["first day"]) if is_kind else "",
            str(by["within"]) if is_kind else "", str(by["kind"]) if is_kind else "", told,
        )  # fmt: skip
    console.print(table)
    if score.inside:
        console.print(
            f"80 % intervals of the excess that hold the truth: {sum(score.inside) / len(score.inside):.1%}"
        )


def watch_mornings(console: Console, seed: int) -> None:
    """Each incident of *seed* on the mornings after it, with what had arrived by then."""
    year = simulate_year(seed, noise=LEVELS[seed % 3])
    told, same = 0, 0
    for incident in year.incidents:
        whole = {p: year.arrivals.claimed_on(p, incident.onset) for p in _PROVIDERS}
        morning = max(whole.values())
        seen = year.arrived(morning)
        cubes = make_cubes(seen.costs, year.start, morning, seen.claimed_until)
        cube = cubes[incident.currency]
        others = [c.cost for name, c in cubes.items() if name != incident.currency]
        mine = [
            e
            for e in detect(cube, settings=SETTINGS, beside=others)
            if e.scope.get("x_ServiceId") == incident.service and abs((e.onset - incident.onset).days) <= 2
        ]
        told += bool(mine)
        same += any(not e.provisional for e in mine)
    console.print(
        f"seed {seed}, with late bills: {told} of {len(year.incidents)} incidents are told on the first "
        f"morning on which every source calls the day of the onset complete, {same} of them not provisionally"
    )


if __name__ == "__main__":
    main()
