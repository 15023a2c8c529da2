"""Words to find a text by: Latin words folded, and every pair of Japanese characters in a row."""

import re
import unicodedata
from collections import Counter

LONGEST = 60
MOST_QUERIED = 32
_CJK = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PARTS = re.compile(rf"([{_CJK}]+)|([^\W_{_CJK}]+)")


def terms_of(text: str) -> Counter[str]:
    """
    Term → how often it is in *text*.

    NFKC and case are folded (ｆｕｌｌ width is half width). A run of Japanese or Chinese gives its pairs of
    characters, and its last character alone, so that a search for one character can go by the beginning.

    >>> sorted(terms_of("S3の費用"))
    ['s3', 'の費', '用', '費用']
    """
    found: Counter[str] = Counter()
    for run, word in _PARTS.findall(fold(text)):
        if run:
            found.update(run[i : i + 2] for i in range(len(run) - 1))
            found[run[-1]] += 1
        else:
            found[word[:LONGEST]] += 1
    return found


def query_terms(text: str) -> tuple[str, ...]:
    """The terms to look for, each once; a lone character of Japanese stands for every term that it begins."""
    found: dict[str, None] = {}
    for run, word in _PARTS.findall(fold(text)):
        if not run:
            found[word[:LONGEST]] = None
        elif len(run) == 1:
            found[run] = None
        else:
            found.update(dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1)))
    return tuple(found)[:MOST_QUERIED]


def is_beginning(term: str) -> bool:
    """Whether *term* stands for every term that it begins."""
    return len(term) == 1 and re.match(f"[{_CJK}]", term) is not None


def fold(text: str) -> str:
    """*text* as terms have it."""
    return unicodedata.normalize("NFKC", text).casefold()
