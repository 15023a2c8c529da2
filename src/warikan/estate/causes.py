"""What happened in a planted incident, in words: the cause as its review would say it."""

from collections.abc import Mapping

from warikan.estate.company import Service
from warikan.estate.incidents import IncidentKind
from warikan.estate.plants import Plant
from warikan.estate.sku import load_skus

_WORDS: Mapping[IncidentKind, tuple[str, str]] = {
    "spike": (
        "A batch job of {service} ran away: {times} times the usual {what}",
        "{service} のバッチジョブが暴走し、{what} の使用量が通常の {times} 倍になった",
    ),
    "step": (
        "Since a release {service} uses {times} times the {what} that it used before",
        "リリース以降、{service} の {what} の使用量が以前の {times} 倍になった",
    ),
    "drift": (
        "{service} leaks: its {what} grew day by day to {times} times what it was",
        "{service} で不要なものが消されずに残り、{what} が日ごとに増えて {times} 倍になった",
    ),
    "new_resource": (
        "{count} machines ({what}) of {service} were started and not stopped",
        "{service} のマシン {count} 台({what})が起動されたまま止められなかった",
    ),
    "new_sku": (
        "{service} began to use {what}, which it never used before",
        "{service} が、これまで使っていなかった {what} を使い始めた",
    ),
    "vanished": (
        "A job of {service} stopped, and with it all of its {what}",
        "{service} のジョブが止まり、{what} の使用がすべてなくなった",
    ),
    "price": (
        "The provider raised the price of {what} to {times} times what it was",
        "プロバイダーが {what} の単価を {times} 倍に引き上げた",
    ),
    "commitment": (
        "The commitment that covered the {what} of {service} ended and was not renewed",
        "{service} の {what} に適用されていたコミットメントが更新されずに終了した",
    ),
}


def describe_plant(plant: Plant, service: Service) -> tuple[str, str]:
    """The cause of *plant* in English and in Japanese, one sentence each."""
    names = dict.fromkeys(load_skus()[s].service for s in plant.skus)
    words = {
        "service": service.id,
        "what": " + ".join(names),
        "times": f"{plant.factor:.3g}",
        "count": str(plant.addition.count if plant.addition else 0),
    }
    english, japanese = _WORDS[plant.kind]
    return english.format(**words), japanese.format(**words)
