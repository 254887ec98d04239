"""The reference page of the ranking, printed from the table of features and a pack's weights.

python -m backend.matching.reference fixtures/PACK > docs/reference/ranking.md
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

from backend.eligibility.attributes import Label
from backend.matching.features import FEATURES
from backend.matching.settings import WEIGHT_UNIT, RankingSettings

_HEADS = {
    "zh": ("特征", "权重", "占比", "衡量什么", "怎样说明"),
    "en": ("feature", "weight", "share", "what it measures", "how it is said"),
}
_OPENING = """# The ranking

Printed from the table of features (`backend/matching/features.py`) and the default pack's parameter `ranking` by
`python -m backend.matching.reference`; a test keeps the page equal to them. A score is Σ weight × value / Σ weight,
in [0, 1]; equal scores are ordered by id. What is not known counts one half and is not given as a reason.
How retrieval, judging and ranking work together: [matching](../explanation/matching.md).
"""


def table(settings: RankingSettings, language: str) -> str:
    """Features with their weights in Markdown, in `zh` or `en`."""

    def say(label: Label) -> str:
        return label.in_language(language)

    lines = [f"| {' | '.join(_HEADS[language])} |", "| --- | ---: | ---: | --- | --- |"]
    for feature in FEATURES:
        points = settings.points[feature.key]
        phrases = "<br>".join(say(phrase) for phrase in feature.phrases.values())
        weight = f"{(Decimal(points) / WEIGHT_UNIT).normalize():f}"
        lines.append(
            f"| {say(feature.label)} (`{feature.key}`) | {weight} | {points * 100 / settings.total:.1f} % "
            f"| {say(feature.definition)} | {phrases} |"
        )
    return "\n".join(lines) + "\n"


def channels(settings: RankingSettings, language: str) -> str:
    """Stage × kind of product, in Markdown: how well a channel suits a stage."""
    kinds = sorted({kind for row in settings.channels.values() for kind in row})
    head = "类别" if language == "zh" else "kind"
    lines = [f"| {head} | {' | '.join(settings.channels)} |", "| --- |" + " ---: |" * len(settings.channels)]
    for kind in kinds:
        cells = (f"{row[kind]:g}" if kind in row else "" for row in settings.channels.values())
        lines.append(f"| `{kind}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def page(settings: RankingSettings) -> str:
    """The whole page."""
    return "\n".join(
        (
            _OPENING,
            "## Features\n",
            table(settings, "en"),
            "## 特征\n",
            table(settings, "zh"),
            "## Channels by stage\n",
            "An empty cell takes the value of the kind above it, else 0.5.\n",
            channels(settings, "en"),
        )
    )


def main(pack: Path) -> None:
    content = json.loads((pack / "parameters" / "ranking.json").read_text(encoding="utf-8"))["content"]
    sys.stdout.write(page(RankingSettings.parse(content)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
