"""The same question elsewhere: as a command line and as an API address."""

import shlex
from dataclasses import dataclass

from starlette.requests import Request

from warikan.focus.columns import DEFAULT_METRIC
from warikan.web.state import ViewState, encode


@dataclass(frozen=True)
class Copies:
    """One view, as what can be pasted elsewhere."""

    cli: str
    api: str
    link: str


def make_copies(state: ViewState, origin: str) -> Copies:
    """Everything that can be copied of *state*."""
    return Copies(cli_command(state), api_address(state, origin), f"{origin}{state.url()}")


def origin_of(request: Request) -> str:
    """Scheme, host and port as the visitor wrote them, without a slash at the end."""
    return str(request.base_url).rstrip("/")


def cli_command(state: ViewState) -> str:
    """The ``warikan cost`` that answers what *state* shows."""
    words = ["warikan", "cost"]
    for column in state.by:
        words += ["--by", column]
    if state.metric != DEFAULT_METRIC:
        words += ["--metric", state.metric]
    if state.where:
        words += ["--where", state.where]
    words += ["--last", state.period] if _is_last(state.period) else ["--period", state.period]
    if state.granularity:
        words += ["--granularity", state.granularity]
    if state.compare:
        words += ["--compare", "previous"]
    if state.currency:
        words += ["--currency", state.currency]
    if state.shown_in:
        words += ["--in", state.shown_in]
    return shlex.join(words)


def api_address(state: ViewState, origin: str) -> str:
    """The API address that answers what *state* shows; *origin* without a slash at its end."""
    pairs = [("by", column) for column in state.by]
    pairs += [("metric", state.metric)] if state.metric != DEFAULT_METRIC else []
    pairs += [("where", state.where)] if state.where else []
    pairs.append(("last" if _is_last(state.period) else "period", state.period))
    pairs += [("granularity", state.granularity)] if state.granularity else []
    pairs += [("compare", "previous")] if state.compare else []
    pairs += [("currency", state.currency)] if state.currency else []
    pairs += [("in", state.shown_in)] if state.shown_in else []
    return f"{origin}/api/v1/cost?{encode(pairs)}"


def _is_last(period: str) -> bool:
    return period[:-1].isdigit() and period[-1:] in {"d", "w", "m"}
