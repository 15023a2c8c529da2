# ruff: noqa: E501 - one thing a line
"""Notices, settings and a catalogue for tests of messages."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from warikan.catalog.entities import Catalog, Service, Team
from warikan.catalog.settings import Settings
from warikan.focus.money import Money
from warikan.operate.notify.digest.content import (
    BudgetLine,
    DigestContent,
    DueAction,
    MonthForecast,
    Mover,
    Noticed,
    OpenMatter,
    Spent,
    Verified,
)
from warikan.operate.notify.notice import Fact, Notice, NoticeState
from warikan.operate.notify.text import Percent, Text

ONSET = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
SECRETS = {
    "SLACK_TOKEN": "xoxb-very-secret-token",
    "SLACK_SIGNING": "signing-very-secret",
    "PAGER_KEY": "pager-very-secret-key",
    "HOOK_SECRET": "whsec_dmVyeS1zZWNyZXQtd2ViaG9vay1rZXk=",
    "MAIL_PASSWORD": "mail-very-secret",
    "ALERT_TOKEN": "alert-very-secret",
}
CATALOG = Catalog(
    services={
        "checkout": Service("checkout", "Checkout", team_id="payments"),
        "search": Service("search", "Search", team_id="discovery"),
    },
    teams={
        "payments": Team("payments", "Payments", email="payments@example.com", parent_id="product"),
        "discovery": Team("discovery", "検索チーム", parent_id="product"),
        "product": Team(
            "product",
            "Product",
            email="product@example.com",
            annotations={"warikan.io/slack-channel": "C0PRODUCT"},
        ),
    },
)


def usd(amount: str) -> Money:
    """An amount in US dollars."""
    return Money(Decimal(amount), "USD")


def settings_of(notify: Mapping[str, Any], **more: Any) -> Settings:
    """Settings with *notify*."""
    return Settings.model_validate({"name": "Example 株式会社", "notify": notify, **more})


def notice(
    key: str = "incident/INC-12",
    *,
    state: NoticeState = "open",
    severity: str = "high",
    rate: str = "1234.5",
    **more: Any,
) -> Notice:
    """An incident of checkout."""
    title = Text(
        "{service} costs {rate} more a day than expected",
        "{service} の費用が想定より 1 日あたり {rate} 増えています",
        {"service": "checkout <&> *co*", "rate": usd(rate)},
    )
    values: dict[str, Any] = {
        "key": key,
        "kind": key.partition("/")[0],
        "state": state,
        "severity": severity,
        "title": title,
        "occurred_at": ONSET,
        "summary": Text("Since a deploy of v2.", "v2 のデプロイ以降です。"),
        "facts": (
            Fact(Text("Over expected", "想定超過額"), usd("3703.5")),
            Fact(Text("Of the month", "月額に対する割合"), Percent(0.173)),
            Fact(Text("Onset", "発生"), ONSET),
            Fact(Text("Driver", "主な要因"), "AmazonEC2 <BoxUsage>"),
        ),
        "team_id": "payments",
        "service_id": "checkout",
        "path": "/incidents/INC-12",
        "actions": ("acknowledge", "open"),
    }
    return Notice(**(values | more))


def digest(**more: Any) -> DigestContent:
    """What the payments team reads on 23 November."""
    values: dict[str, Any] = {
        "team_id": "payments",
        "team_title": "Payments",
        "cadence": "daily",
        "start": date(2026, 11, 22),
        "end": date(2026, 11, 23),
        "data_until": date(2026, 11, 22),
        "spent": (
            Spent(
                usd("1320.4"),
                usd("1190"),
                usd("1200"),
                (*(usd(str(1000 + 30 * day)) for day in range(13)), usd("1320.4")),
            ),
            Spent(Money(Decimal(45000), "JPY"), Money(Decimal(45000), "JPY")),
        ),
        "movers": (
            Mover("checkout", usd("810"), usd("130"), Text("after v2 was deployed", "v2 のデプロイ後"), "/cost?a=1"),
            Mover("ledger <db>", usd("90"), usd("-40.25")),
            Mover("new-thing", usd("5"), usd("5")),
        ),
        "open_matters": (
            OpenMatter(
                "INC-12", Text("checkout rose", "checkout の増加"), date(2026, 11, 21), usd("3703.5"), usd("1234.5"),
                path="/incidents/INC-12",
            ),
            OpenMatter("ANO-9", Text("logs", "ログ"), date(2026, 11, 19), usd("12"), None, is_acknowledged=True),
        ),
        "budgets": (
            BudgetLine("payments-2026", usd("40000"), usd("31000"), usd("43100"), "at risk", "/budgets/payments-2026"),
            BudgetLine("fine", usd("10"), usd("1"), usd("2"), "within"),
        ),
        "actions": (DueAction("Alert on NAT bytes", date(2026, 11, 20), is_overdue=True, owner="sato"),),
        "verified": (Verified(Text("idle cluster ended", "遊休クラスターの停止"), usd("820"), "/incidents/INC-7"),),
        "forecasts": (MonthForecast(date(2026, 11, 1), usd("37100"), usd("38900"), usd("41000"), usd("35500")),),
        "noticed": tuple(Noticed(Text(f"small thing {n}", f"小さなこと {n}")) for n in range(7)),
        "path": "/teams/payments",
    }  # fmt: skip
    return DigestContent(**(values | more))
