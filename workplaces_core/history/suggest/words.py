"""Suggestions in words, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workplaces_core.history.reports.words import LANGUAGES, Words
from workplaces_core.history.suggest.objectives import EXACT

if TYPE_CHECKING:
    from workplaces_core.history.suggest.moves import Move
    from workplaces_core.history.suggest.objectives import Objective
    from workplaces_core.history.suggest.search import Suggestion, Suggestions
    from workplaces_core.policy import Policy

_SAID = {
    "role": ("role “{role}” one place up", "роль «{role}» на место выше"),
    "priority": ("priority “{what}” of role “{role}” one place up", "приоритет «{what}» роли «{role}» на место выше"),
    "interval": (
        "interval “{what}” of role “{role}”: {edge} {by} {direction}",
        "интервал «{what}» роли «{role}»: {edge} на {by} {direction}",
    ),
    "start": ("start", "начало"),
    "end": ("end", "конец"),
    "earlier": ("earlier", "раньше"),
    "later": ("later", "позже"),
    EXACT: ("missed exact-time calls", "пропущенных звонков ко времени"),
    "waiting": ("mean wait", "среднее ожидание"),
    "before": ("{objective}: {before} now", "{objective}: сейчас {before}"),
    "none": (
        "Nothing better was found, policies tried: {tried}; that is no proof that there is nothing.",
        "Ничего лучше не нашлось, вариантов опробовано: {tried}; это не доказывает, что лучшего нет.",
    ),
    "tried": (
        "Policies tried by simulation: {tried}, the best checked with {seeds} fresh paired seeds. Nothing was applied.",
        "Смоделировано вариантов: {tried}; лучшие проверены на новых парных зёрнах ({seeds}). Ничего не применено.",
    ),
    "what": ("Change", "Изменение"),
    "gain": ("Objective", "Цель"),
    "sure": ("Sure?", "Надёжно?"),
    "yes": ("yes", "да"),
    "no": ("not sure", "не точно"),
    "all": ("Mean wait of all tasks", "Ожидание всех задач"),
    "worst": ("Type that waits longer", "Кто ждёт дольше"),
    "nobody": ("none", "никто"),
    "searching": ("searching", "поиск"),
    "written": ("written: {paths}", "записано: {paths}"),
}


class Said:
    """Suggestions in one language; names are those of a policy."""

    def __init__(self, language: str, policy: Policy) -> None:
        """Speak a language of reports."""
        self._number, self._words = LANGUAGES.index(language), Words(language)
        self._roles = {role.id: role for role in policy.roles}

    def __getitem__(self, name: str) -> str:
        """Give a word by its name."""
        return _SAID[name][self._number]

    def move(self, move: Move) -> str:
        """Say what a move changes."""
        role = self._roles[move.role]
        names = {each.id: each.name for each in role.priorities}
        direction = self["earlier" if move.minutes < 0 else "later"]
        return self[move.kind].format(
            role=role.name,
            what=names.get(move.what, move.what),
            edge=self[move.edge] if move.edge else "",
            by=self._words.time(60 * abs(move.minutes)),
            direction=direction,
        )

    def value(self, objective: Objective, value: float) -> str:
        """Write a value of the objective."""
        return self._words.number(value, 1) if objective.kind == EXACT else self._words.time(value)

    def interval(self, objective: Objective, found: dict[str, float | None]) -> str:
        """Write an estimate of the objective with its interval."""
        told = self.value(objective, found["mean"] or 0.0)
        if found["low"] is None or found["high"] is None:
            return told
        return f"{told} ({self.value(objective, found['low'])} … {self.value(objective, found['high'])})"

    def before(self, found: Suggestions) -> str:
        """Say how things are now."""
        name = self[found.objective.kind]
        if found.objective.by is not None:
            name += f" ({found.objective.value})"
        return self["before"].format(objective=name, before=self.interval(found.objective, found.before))

    def row(self, each: Suggestion, objective: Objective) -> list[str]:
        """Write a suggestion as a row of a table: what, how much, whether sure, and what it costs others."""
        waits = each.differences["waiting"]["mean"]
        return [
            "; ".join(self.move(move) for move in each.moves),
            self.interval(objective, each.objective),
            self["yes" if each.is_sure else "no"],
            self._words.time(waits["mean"]),
            self._worst(each),
        ]

    def _worst(self, each: Suggestion) -> str:
        types = {name: of["mean"]["mean"] for name, of in each.differences["types"].items() if "mean" in of}
        name = max(types, key=lambda name: types[name], default=None)
        if name is None or types[name] <= 0:
            return self["nobody"]
        return f"{name}: +{self._words.time(types[name])}"
