"""What the commands about histories say, in both languages."""

from __future__ import annotations

LANGUAGES = ("en", "ru")

_WORDS: dict[str, tuple[str, str]] = {
    "what": ("What", "Что"),
    "amount": ("How many", "Сколько"),
    "rows": ("rows", "строки"),
    "good": ("… good", "… верные"),
    "bad": ("… set aside", "… отложенные"),
    "accounts": ("accounts", "аккаунты"),
    "account": ("Account {account}", "Аккаунт {account}"),
    "span": ("from {since} until {until}", "с {since} по {until}"),
    "users": ("users", "пользователи"),
    "takers": ("people who took tasks", "люди, бравшие задачи"),
    "unfinished": ("taken and not finished", "взято и не закончено"),
    "events": ("events", "события"),
    "month": ("Month", "Месяц"),
    "gap": ("no events from {since} until {until}", "нет событий с {since} по {until}"),
    "gap hours": ("hours", "часов"),
    "gaps": ("Gaps", "Пробелы"),
    "reading": ("reading the history", "чтение истории"),
    "replaying": ("replaying", "воспроизведение"),
    "set aside": ("{count} rows set aside, see {path}", "отложено строк: {count}, см. {path}"),
    "set aside only": (
        "{count} rows set aside; `workplaces history validate` lists them",
        "отложено строк: {count}; их перечислит `workplaces history validate`",
    ),
    "set aside log": (
        "{count} rows set aside; --set-aside FILE keeps them",
        "отложено строк: {count}; --set-aside ФАЙЛ их сохранит",
    ),
    "rows aside": ("{rows} set aside, see {path}", "отложено строк: {count}, см. {path}"),
    "rows aside only": (
        "{rows} set aside; `workplaces history validate` lists them",
        "отложено строк: {count}; их перечислит `workplaces history validate`",
    ),
    "rows aside note": (
        "Rows of the history that could not be used and were set aside: {count}.",
        "Строк истории, которые нельзя использовать и которые отложены: {count}.",
    ),
    "written": ("written: {paths}", "записано: {paths}"),
    "converted": ("{count} events written to {path}", "записано событий: {count}, файл {path}"),
    # replay
    "totals": (
        "{hand_outs}, {accounts}, {span}",
        "{hand_outs}, {accounts}, {span}",
    ),
    "nothing": ("no hand-out was recorded", "ни одной выдачи не записано"),
    "policy": ("{side}, version {version}", "{side}, версия {version}"),
    "in fact": ("in fact", "на деле"),
    "given": ("hand-outs with a task to give", "выдач, когда есть что дать"),
    "no task": ("hand-outs with nothing to give", "выдач, когда дать нечего"),
    "no role": ("… as no role was active", "… так как ни одна роль не активна"),
    "as taken": ("… the same task as was taken", "… та же задача, что и взята"),
    "exact lane": ("… by its exact time", "… по точному времени"),
    "shared": ("… from a common queue", "… из общей очереди"),
    "ever given": ("tasks given at some time", "задач, выданных хоть раз"),
    "exact met": ("exact-time calls met", "звонков ко времени: успели"),
    "exact missed": ("exact-time calls missed", "звонков ко времени: опоздали"),
    "uncovered": ("tasks no rule covers", "задач, не покрытых правилами"),
    "differences": (
        "Hand-outs that differ: {different} of {all}. Why B does not give what A gives:",
        "Выдач с различиями: {different} из {all}. Почему Б не даёт того, что даёт А:",
    ),
    "reason": ("Reason", "Причина"),
    "part": ("Where", "Где"),
    "people": ("Who gains and who loses work", "У кого работы прибудет и убудет"),
    "employee": ("Employee", "Сотрудник"),
    "asked": ("hand-outs", "выдач"),
    "with a": ("task under A", "задача по А"),
    "with b": ("task under B", "задача по Б"),
    "waiting": ("When tasks are first given", "Когда задачи выдаются впервые"),
    "longer": ("later under B", "по Б позже"),
    "shorter": ("earlier under B", "по Б раньше"),
    "alike": ("at the same moment", "в тот же момент"),
    "only a": ("only under A", "только по А"),
    "only b": ("only under B", "только по Б"),
    "median": ("half of them by more than {hours} h", "половина — больше чем на {hours} ч"),
    # reasons of differences
    "only_a": ("B has no task for the employee", "по Б для сотрудника нет задачи"),
    "only_b": ("A has no task for the employee", "по А для сотрудника нет задачи"),
    "other_role": ("another role comes first", "раньше другая роль"),
    "order": ("both are queued, the order differs", "обе в очереди, порядок другой"),
    "later_day": ("it is due on a later day", "срок в более поздний день"),
    "not_yet": ("its exact time has not come near", "её точное время ещё не подошло"),
    "interval_not_active": ("the priority is not active then", "приоритет в это время не действует"),
    "wrong_type": ("the priority does not admit its type", "приоритет не берёт задачи этого типа"),
    "condition_false": ("the priority's condition is false", "условие приоритета не выполнено"),
    "condition_error": ("the priority's condition cannot be judged", "условие приоритета нельзя проверить"),
    "not_responsible": ("it is somebody else's, and not shared", "она чужая и не общая"),
    "outside_pool": ("its responsible is outside the pool", "её ответственный не входит в общую очередь"),
    "no_priority": ("the role has no priority", "у роли нет приоритетов"),
}


class HistoryWords:
    """The words of these commands in one language."""

    def __init__(self, language: str) -> None:
        self._number, self._language = LANGUAGES.index(language), language

    def __getitem__(self, name: str) -> str:
        """Give a word by its name."""
        return _WORDS[name][self._number]

    def row(self, *names: str) -> list[str]:
        """Give several words."""
        return [self[name] for name in names]

    def count(self, number: int, unit: str) -> str:
        """Count in the right form, such as 1 row, 2 rows."""
        from workplaces_core.sentences import LANGUAGES as SENTENCES

        return SENTENCES[self._language].count(number, unit)
