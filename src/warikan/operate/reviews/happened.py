"""What Warikan itself says in a timeline, in the language of a review; what others wrote stays as it is."""

import re
from collections.abc import Mapping

from warikan.operate.reviews.document import Language

_JAPANESE: Mapping[str, str] = {
    r"Declared": "インシデントを宣言",
    r"Acknowledged": "対応を開始",
    r"Contained": "収束",
    r"Contained by the bill": "収束（請求データによる）",
    r"Verified by hand": "人が確認",
    r"Verified on the bill": "請求データで確認",
    r"Closed": "完了",
    r"Reopened": "再開",
    r"Dismissed": "取り下げ",
    r"The bill was restated": "請求データが修正された",
    r"The unit cost changed": "単価が変わった",
    r"Usage left its commitment": "コミットメントの適用から外れた",
    r"(ANO-\d+) noticed \((\w+)\)": "{0} を検知（{1}）",
    r"(ANO-\d+): still as high; the new level is expected since (\S+)": "{0}：高いまま（{1} から予想）",
    r"(ANO-\d+): still as low; the new level is expected since (\S+)": "{0}：低いまま（{1} から予想）",
    r"(ANO-\d+) ended: the new level is expected now": "{0} が終了（新しい水準を予想とする）",
    r"(ANO-\d+) was withdrawn: restated bills no longer show it": "{0} を取り下げ（請求データの修正）",
    r"(ANO-\d+) ended": "{0} が終了",
    r"Budget (.{1,200}): fast burn": "予算 {0}：速い消費",
    r"Budget (.{1,200}): slow burn": "予算 {0}：緩やかな消費",
    r"Budget (.{1,200}): slow": "予算 {0}：緩やかな消費",
    r"Budget (.{1,200}): fast": "予算 {0}：速い消費",
    r"Budget (.{1,200}): forecast over": "予算 {0}：予測が予算を超過",
    r"Budget (.{1,200}): exhausted": "予算 {0}：使い切った",
    r"Budget (.{1,200}): ok": "予算 {0}：予算内",
    r"Ticket: (.{1,400})": "チケット：{0}",
}
"""By what operate/incidents writes, the more special first."""
_KINDS: Mapping[str, str] = {
    "spike": "一時的な急増",
    "step": "増加",
    "drift": "徐々に増加",
    "new": "新しいコスト",
    "vanished": "消えたコスト",
    "price": "単価の変化",
    "commitment": "コミットメントの失効",
}
_PATTERNS = tuple((re.compile(said), told) for said, told in _JAPANESE.items())


def told_in(text: str, language: Language) -> str:
    """*text* of a line of the timeline, in *language*."""
    if language == "en":
        return text
    for said, told in _PATTERNS:
        if found := said.fullmatch(text):
            return told.format(*(_KINDS.get(part, part) for part in found.groups()))
    return text
