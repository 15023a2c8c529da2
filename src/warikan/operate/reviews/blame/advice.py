"""Why a sentence is marked, and how to say it instead: what and how, not who and why (PagerDuty, Etsy)."""

from collections.abc import Mapping

from warikan.operate.notify.text import Text

REASONS: Mapping[str, Text] = {
    "person": Text(
        "It names a person as the fault. Somebody else in the same place would probably have done the same.",
        "個人を原因として名指ししています。同じ状況なら、ほかの人も同じことをした可能性があります。",
    ),
    "team": Text(
        "It names a team as the fault. That ends the search where it should begin.",
        "チームを原因として名指ししています。そこで探究が終わってしまいます。",
    ),
    "counterfactual": Text(
        "It tells what did not happen. Looking back, it is easy to see; at the time it was not.",
        "起きなかったことを述べています。後から見れば明らかでも、そのときは明らかではありませんでした。",
    ),
    "human_error": Text(
        "Human error is where the questions begin, not an answer.",
        "「人為ミス」は答えではなく、問いの始まりです。",
    ),
    "who_why": Text(
        "Asking who, or why somebody did something, makes people defend themselves.",
        "「誰が」「なぜ」と問うと、人は身を守ろうとします。",
    ),
    "single_cause": Text(
        "It makes somebody the one cause. Several things came together, as they always do.",
        "一つの原因に絞り、誰かに帰しています。実際にはいくつもの要因が重なっています。",
    ),
}

PROPOSALS: Mapping[str, Text] = {
    "person": Text(
        "Say what was done with which tool, and what could be seen then: “The change was merged; the plan's "
        "output showed no cost.” Use a role, not a name.",
        "どの道具で何が行われ、そのとき何が見えていたかを書きます。"
        "例:「変更がマージされた。plan の出力には費用が表示されていなかった。」"
        "名前ではなく役割で書きます。",
    ),
    "team": Text(
        "Say what reached the team, through which channel, and what did not: “The alert went to a channel "
        "that nobody is asked to read.”",
        "そのチームに何がどの経路で届き、何が届かなかったかを書きます。"
        "例:「アラートは、誰も読む担当になっていないチャンネルに届いていた。」",
    ),
    "counterfactual": Text(
        "Say what happened and what made sense at the time: “At that moment the dashboard showed …, so … was "
        "chosen.” Put what shall change into the actions.",
        "実際に起きたことと、そのとき妥当に思えた理由を書きます。例:「その時点のダッシュボードは…を示しており、…が選ばれた。」"
        "これから変えることはアクションに書きます。",
    ),
    "human_error": Text(
        "Say how the work looked and what made the slip likely: “Two environments look the same in the "
        "console.” What would have shown it sooner?",
        "作業がどう見えていたか、何がそれを起こりやすくしていたかを書きます。例:「コンソールでは二つの環境が同じに見える。」",
    ),
    "who_why": Text(
        "Ask what and how: “What did the responder see?”, “How was the decision made?”, “What made it look "
        "safe?”",
        "「何が」「どのように」で問います。"
        "例:「対応者には何が見えていたか」「どのように判断されたか」「何が安全に見せていたか」",
    ),
    "single_cause": Text(
        "List what contributed, of different kinds: technology, signals, process, incentives. Each is "
        "something that can be changed.",
        "寄与した要因を種類の異なるものから挙げます（技術・シグナル・プロセス・動機づけ）。どれも変えられるものです。",
    ),
}
