"""One address for each view."""

from fastapi import Request
from fastapi.responses import RedirectResponse

from warikan.web.state import encode, parse_state

_OWN = frozenset(
    {
        "by", "where", "period", "metric", "currency", "compare", "order", "granularity", "open", "first",
        "last", "marks", "in",
    }
)  # fmt: skip


def canonical(request: Request, path: str) -> RedirectResponse | None:
    """
    A redirect to this view's one address, when the request spells it another way.

    Forms send every field and old links old names; what stays in the address bar is the short form.
    """
    state = parse_state(request.query_params)
    extra = [(k, v) for k, v in request.query_params.multi_items() if k not in _OWN]
    asked = [(k, v) for k, v in request.query_params.multi_items() if k in _OWN]
    if sorted(asked) == sorted(state.parameters()):
        return None
    pairs = state.parameters() + extra
    return RedirectResponse(f"{path}?{encode(pairs)}" if pairs else path, status_code=303)
