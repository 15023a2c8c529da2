"""What is shared before the meeting, so that all begin from the same facts (Howie); not the report."""

from collections.abc import Mapping

from warikan.operate.reviews.document import Language, Review
from warikan.operate.reviews.markdown import plain
from warikan.operate.reviews.sections import question_groups, sections

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Calibration: {title}",
        "intro": "This is what is known so far. It is no report and looks for nobody to blame: read it, and "
        "bring what it lacks or gets wrong.",
        "open": "What we do not know yet",
        "none": "Nothing has been written here yet.",
        "questions": "Questions for the meeting",
    },
    "ja": {
        "title": "キャリブレーション: {title}",
        "intro": "現時点で分かっていることをまとめたものです。最終報告ではなく、責任を問うものでも"
        "ありません。"
        "読んで、足りない点や違う点を持ち寄ってください。",
        "open": "まだ分かっていないこと",
        "none": "まだ記入がありません。",
        "questions": "会議で話す問い",
    },
}


def calibration_text(review: Review) -> str:
    """Markdown in the review's language: what is filled in, what is not, and questions to open with."""
    words, language = _WORDS[review.language], review.language
    known = sections()
    filled = [name for name, text in review.sections.items() if text.text.strip()]
    lines = [f"# {words['title'].format(title=plain(review.title))}", "", words["intro"], ""]
    for name in filled:
        lines += [f"## {known[name].title[language]}", "", review.sections[name].text.strip(), ""]
    missing = [known[name].title[language] for name in review.sections if name not in filled]
    if missing:
        lines += [f"## {words['open']}", "", *(f"- {title}" for title in missing), ""]
    lines += [f"## {words['questions']}", ""]
    for group in question_groups():
        lines += [f"### {group.title[language]}", ""]
        lines += [f"- {question}" for question in group.questions[language]]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
