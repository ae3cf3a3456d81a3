"""The backtest as a page of its own and as a table, in one language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kohort.plots import backtest as plots_backtest
from kohort.plots._drawing import SOFT
from kohort.report.exports import as_csv
from kohort.report.sheet import figure, notices, paragraphs, sheet, table
from kohort.support._language import Language

if TYPE_CHECKING:
    from kohort.study.backtest_result import Backtest
    from kohort.study.settings import Study


def lead(made: Backtest, words: Language) -> str:
    """What the figures say, in one or two sentences."""
    rows = made["state"] != "users"
    text = words.text(
        "backtest.lead",
        first=made.origins[0],
        last=made.origins[-1],
        forecasts=words.number(int(rows.sum())),
        c80=words.percent(made.coverage(0.8)),
        c95=words.percent(made.coverage(0.95)),
        crps=words.number(made["crps"][rows].mean(), 1),
        rival=words.number(made["constant_share_crps"][rows].mean(), 1),
        naive=words.number(made["naive_crps"][rows].mean(), 1),
        population=words.text(f"backtest.population_{made.population}"),
    )
    return f"{text} {words.text('backtest.as_new')}" if made.returns == "as new" else text


def grid(made: Backtest, words: Language, by: str) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the scores by years ahead or by level."""
    table = made.scores(by)
    rows = []
    for i, group in enumerate(table[by].tolist()):
        row = [words.state(group) if by == "state" else str(group), str(table["forecasts"][i])]
        row += [words.percent(table[name][i]) for name in ("coverage_80", "coverage_95")]
        row += [
            words.number(table[name][i], 1)
            for name in ("crps", "constant_share_crps", "naive_crps")
        ]
        row += [words.signed(table[name][i], 1) for name in ("bias", "constant_share_bias")]
        rows.append(row)
    names = ("forecasts", "c80", "c95", "crps", "rival", "naive", "bias", "rival_bias")
    heads = [words.text(f"backtest.by_{by}"), *(words.text(f"backtest.head_{n}") for n in names)]
    return heads, rows


def csv(made: Backtest) -> bytes:
    """Every forecast beside what came."""
    return as_csv({name: values for name, values in made.columns.items() if name != "pit"})


def page(made: Backtest, study: Study, words: Language) -> str:
    """One HTML file, no script, nothing fetched."""
    parts = notices(words, synthetic=study.synthetic, internal=not study.disclosure.hides)
    parts += paragraphs([lead(made, words)])
    parts += paragraphs(
        words.text("levels.regime", date=day.isoformat())
        for day in made.breaks
        if made.origins[0] < day.year <= made["year"].max()
    )
    text = words.text("backtest.pictures")
    pictures: list[tuple[str, str, Any, tuple[float, float]]] = [
        (
            f"forecasts-{state}",
            _first_upper(words.state(state)),
            _draw(made, state, words),
            (7.2, 3.6),
        )
        for state in ("users", *made.levels)
    ]
    pictures += [
        ("scores", words.text("backtest.caption_scores"),
         lambda ax: plots_backtest.scores(made, ax, lang=words.code), (7.2, 3.2)),
        ("pit", words.text("backtest.caption_pit"),
         lambda ax: plots_backtest.pit(made, ax, lang=words.code), (7.2, 2.8)),
    ]  # fmt: skip
    parts += [
        figure(f"{name}-{words.code}", caption, text, draw, size)
        for name, caption, draw, size in pictures
    ]
    parts += [
        table(*grid(made, words, by), heading=words.text(f"backtest.table_{by}"))
        for by in ("horizon", "state")
    ]
    parts += paragraphs([words.text("backtest.note")])
    return sheet(words.text("backtest.title", name=study.name), parts, words)


def _draw(made: Backtest, state: str, words: Language) -> Any:
    def draw(ax: Any) -> None:
        plots_backtest.forecasts(made, ax, state=state, lang=words.code)
        # The caption names the level already.
        ax.set_title(words.text("axis.persons"), loc="left", fontsize=9.5, color=SOFT)

    return draw


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
