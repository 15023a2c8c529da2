"""The demo's story as incidents: which of its events a good tool should find, and which change began each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from warikan.estate import events as story
from warikan.estate.change_desk import ChangeDesk, midnight, sub_account_id
from warikan.estate.commitments import OWNER
from warikan.estate.company import Company
from warikan.estate.daily_costs import PROVIDERS
from warikan.estate.events import Event, Script
from warikan.estate.incidents import (
    ChangeKind,
    ChangeSource,
    IncidentKind,
    PlantedChange,
    PlantedIncident,
)
from warikan.estate.meter import MONEY_SCALE, Commitment, Meter
from warikan.estate.random_streams import open_stream
from warikan.estate.sku import load_skus
from warikan.estate.timeline import Timeline, hours_since_epoch
from warikan.estate.truth import EventCosts


@dataclass(frozen=True)
class _Guilty:
    """The change that began an incident, *minutes* before its onset at 00:00 UTC (09:00 in Japan)."""

    source: ChangeSource
    kind: ChangeKind
    service: str
    title: str
    minutes: int


@dataclass(frozen=True)
class _Label:
    """What an event of the story is as an incident; skus: the first is what rises most."""

    kind: IncidentKind
    account: str
    skus: tuple[str, ...]
    cause_ja: str
    guilty: _Guilty | None = None
    service: str | None = None


_LABELS: Mapping[str, _Label] = {
    story.SEARCH_RELEASE: _Label(
        "step", "prod", ("os2x", "bedrock", "osst", "azgb", "logs"),
        "セマンティック検索の公開により、インデックスノード 10 台、埋め込み、Pod が増えた",
        _Guilty("argocd", "sync", "search", "semantic search for everybody", 48),
    ),
    story.FULL_SCAN: _Label(
        "spike", "gdata", ("bqscan",),
        "パーティション条件のないレポートが毎時ウェアハウス全体を走査した",
        _Guilty("github", "deploy", "reporting", "hourly sales report", 95),
    ),
    story.GPU_LEFT_ON: _Label(
        "new_resource", "stg", ("g5x",),
        "ステージングの実験用 GPU インスタンス 3 台がタグなしで起動され、止められなかった",
        _Guilty("cloudevents", "config", "recommendations", "RunInstances g5.2xlarge in the console", 6),
    ),
    story.RESERVATION_ENDS: _Label(
        "commitment", "pay", ("aurorax",),
        "決済アカウントのデータベース予約が終了し、更新されなかった",
    ),
    story.LEFT_VOLUMES: _Label(
        "new_resource", "prod", ("gp3",),
        "旧クラスターの 500 GB ボリューム 18 個がどこにも接続されないまま残った",
        _Guilty("atlantis", "apply", "container-platform", "destroy hinode-prod-blue", 35),
    ),
    story.PRICE_CHANGE: _Label(
        "price", "mihari", ("mh-logs",), "Mihari がログ取り込みの単価を 12 % 引き上げた"
    ),
    story.RESERVATION_IDLE: _Label(
        "step", "pay", ("aurorax",),
        "台帳がデータベースインスタンス 2 台を手放し、予約 1 台分が使われないまま支払われた",
        _Guilty("atlantis", "apply", "ledger", "two database instances fewer", 70), OWNER,
    ),
    story.LOG_STORM: _Label(
        "spike", "prod", ("logs",), "リリース後にデバッグログが有効のままになっていた",
        _Guilty("github", "deploy", "notifications", "delivery receipts", 25),
    ),
    story.NAT_DETOUR: _Label(
        "step", "prod", ("natgb",),
        "Terraform の変更で S3 エンドポイントが外れ、通信が NAT ゲートウェイを通るようになった",
        _Guilty("atlantis", "apply", "networking", "tidy up route tables", 14),
    ),
}  # fmt: skip
"""Events without a label are no incidents: an upgrade, moves between teams, a refund."""


def list_story_changes(
    seed: int, timeline: Timeline, company: Company, script: Script
) -> list[PlantedChange]:
    """The changes that began the incidents of the story; ``incident`` is the event's id."""
    desk = ChangeDesk(seed, company, open_stream(seed, "story"))
    found = []
    for event in script.events:
        label = _LABELS.get(event.id)
        if label is None or label.guilty is None or not timeline.start < event.start < timeline.until:
            continue
        guilty = label.guilty
        at = midnight(event.start) - timedelta(minutes=guilty.minutes)
        place = (label.account, load_skus()[label.skus[0]].service)
        service = company.service(guilty.service)
        change = desk.write(at, guilty.source, guilty.kind, service, guilty.title, place=place)
        found.append(replace(change, incident=event.id))
    return found


def label_story(
    company: Company,
    script: Script,
    until: date,
    costs: EventCosts,
    changes: Sequence[PlantedChange],
    ended: Mapping[date, int],
) -> tuple[PlantedIncident, ...]:
    """
    The incidents of the story, by onset.

    Their excess is what the truth calls the cost of the event: of the release without the nodes of its
    pods, which nobody can tell apart.

    Args:
        ended: What the end of the reservation cost on each day (see ``cost_of_expiry``).
    """
    guilty = {c.incident: c.id for c in changes if c.incident}
    found = []
    for event in sorted(script.events, key=lambda e: (e.start, e.id)):
        label = _LABELS.get(event.id)
        by_day = ended if event.id == story.RESERVATION_ENDS else costs.days.get(event.id, {})
        if label is not None and by_day:
            found.append(_incident(company, event, label, until, by_day, costs, guilty.get(event.id)))
    return tuple(found)


def _incident(
    company: Company, event: Event, label: _Label, until: date, by_day: Mapping[date, int],
    costs: EventCosts, guilty: str | None,
) -> PlantedIncident:  # fmt: skip
    account = company.account(label.account)
    service = company.service(label.service or event.service)
    skus = [load_skus()[s] for s in label.skus]
    currency = "JPY" if account.provider == "saas" else "USD"
    excess = {day: Decimal(by_day[day]).scaleb(-MONEY_SCALE) for day in sorted(by_day) if day < until}
    usual = sum(costs.services.get((service.id, currency, day), 0.0) for day in excess)
    added = sum(by_day.values()) / 10**MONEY_SCALE
    return PlantedIncident(
        id=event.id, kind=label.kind, service=service.id, team=service.was or service.team,
        provider=PROVIDERS[account.provider], sub_account=sub_account_id(company, account.key),
        provider_service=skus[0].service, sku_ids=tuple(sorted({s.sku_id for s in skus})), resource_ids=(),
        currency=currency, onset=event.start, onset_at=midnight(event.start), end=event.end,
        excess_by_day=excess, share_of_service=added / (usual - added) if usual > added else 0.0,
        guilty_change=guilty, cause=event.description, cause_ja=label.cause_ja, factor=0.0,
    )  # fmt: skip


def cost_of_expiry(
    meters: Sequence[Meter], commitments: Sequence[Commitment], timeline: Timeline, script: Script
) -> dict[date, int]:
    """What the machines that the ended reservation covered cost more on each day, of all services."""
    ends = script.event(story.RESERVATION_ENDS).start
    bought = next(c for c in commitments if c.is_monthly and c.last == hours_since_epoch(ends))
    covered = [
        m for m in meters
        if m.sku.id in bought.skus and m.account.key in bought.accounts and m.pricing == "standard"
    ]  # fmt: skip
    by_day: dict[date, int] = {}
    for offset in range((timeline.until - ends).days):
        day = ends + timedelta(days=offset)
        first = hours_since_epoch(day)
        hours = sum(max(0, min(m.last, first + 24) - max(m.first, first)) for m in covered)
        units = min(hours, 24 * int(bought.amount))
        more = covered[0].sku.contracted - bought.rate(covered[0].sku)
        by_day[day] = int((more * units).scaleb(MONEY_SCALE))
    return by_day
