"""Tags as people really write them: other keys, wrong case, misspelt, to be done, or missing."""

import numpy as np

from warikan.estate.company import Account, Company, Provider, Service
from warikan.estate.random_streams import open_stream

Tags = tuple[tuple[str, str], ...]

_ENV_WORDS = {"prod": ("prod", "production", "prd", "Prod"), "stg": ("staging", "stg", "stage")}
_PLACEHOLDERS = ("TODO", "n/a", "tbd", "-")
_COST_CENTERS = {
    "storefront": "CC-2100", "payments": "CC-2200", "logistics": "CC-2300",
    "discovery": "CC-2400", "data": "CC-3100", "platform": "CC-4000",
}  # fmt: skip


# How owners are written, and up to which throw of the dice in [0, 1).
_STYLES = (
    (0.60, "clean"),
    (0.71, "title"),
    (0.80, "app"),
    (0.86, "app_name"),
    (0.92, "misspelt"),
    (0.95, "placeholder"),
    (0.965, "no owner"),
    (1.0, "no tags"),
)
_NAME_NEEDED = frozenset({"placeholder", "no owner", "no tags"})
"""Styles that leave the owner to be found in the resource's name."""
# Share of resources that carry a second tag.
_ENV_SHORT, _TEAM, _COST_CENTER = 0.75, 0.55, 0.30
_TERRAFORM = (0.15, 0.65)


class Tagger:
    """Writes the tags of one resource after the other, from a stream of its own."""

    def __init__(self, seed: int, company: Company) -> None:
        self._random = open_stream(seed, "tags")
        self._company = company

    def tag(self, service: Service, account: Account, *, is_named: bool) -> Tags:
        """
        The tags of a resource of *service*.

        A resource whose name tells its owner (*is_named*) may carry no owner tag at all, or a
        placeholder; any other carries one that can be understood.
        """
        dice, detail = self._random.random(2).tolist()
        style = next(name for limit, name in _STYLES if dice < limit)
        if style in _NAME_NEEDED and not is_named:
            style = "misspelt"
        env_word = self._pick(_ENV_WORDS[account.env])
        tags = self._owner(service, account.provider, style)
        if style == "no tags":
            return ()
        tags.append(("env" if detail < _ENV_SHORT else "environment", env_word))
        if detail < _TEAM:
            tags.append(("team", self._team(service, account.provider)))
        if detail < _COST_CENTER:
            tags.append(("cost-center", _COST_CENTERS[service.team]))
        if _TERRAFORM[0] < detail < _TERRAFORM[1]:
            tags.append(("managed-by", "terraform"))
        return tuple(_label(k, v) for k, v in tags) if account.provider == "gcp" else tuple(tags)

    def _owner(self, service: Service, provider: Provider, style: str) -> list[tuple[str, str]]:
        tag = {
            "clean": ("service", service.id),
            # Google's labels have no upper case, so there the key is another one.
            "title": ("svc", service.id) if provider == "gcp" else ("Service", service.id.title()),
            "app": ("app", service.id),
            "app_name": ("app_name", f"{service.id} "),
            "misspelt": ("service", self._pick(service.aliases)),
            "placeholder": ("service", self._pick(_PLACEHOLDERS)),
        }.get(style)
        return [] if tag is None else [tag]

    def _team(self, service: Service, provider: Provider) -> str:
        # People keep the old team's name for years after a move.
        team = service.was or service.team
        return team.title() if provider == "azure" else team

    def _pick(self, words: tuple[str, ...]) -> str:
        return words[int(self._random.integers(len(words)))]


def _label(key: str, value: str) -> tuple[str, str]:
    """Google allows lower case, digits, _ and - only."""
    return key.lower(), value.strip().lower().replace("/", "-").replace(" ", "-")


def random_sizes(random: np.random.Generator, count: int) -> list[float]:
    """Factors around one, to make equal things slightly unequal."""
    return [round(float(x), 3) for x in random.uniform(0.85, 1.15, count)]
