"""What the commands say, in both languages; sentences about tasks stand in `sentences`."""

from __future__ import annotations

_WORDS: dict[str, tuple[str, str]] = {
    # the desk
    "queue": ("Queue", "Очередь"),
    "number": ("No.", "№"),
    "task": ("Task", "Задача"),
    "title": ("Title", "Название"),
    "type": ("Task type", "Тип задачи"),
    "due": ("Due", "Срок"),
    "priority": ("Priority", "Приоритет"),
    "shared": ("Common queue: responsible", "Общая очередь: ответственный"),
    "exact": ("exact time", "точное время"),
    "more": ("and {tasks} more, see --queue", "и ещё {tasks}, см. --queue"),
    # explanations
    "other roles": (
        "Roles that {user} does not have: {roles}; --all explains them too",
        "Роли, которых нет у сотрудника {user}: {roles}; --all объяснит и их",
    ),
    # findings
    "severity": ("Severity", "Важность"),
    "error": ("error", "ошибка"),
    "warning": ("warning", "предупреждение"),
    "code": ("Code", "Код"),
    "path": ("Place", "Место"),
    "message": ("Finding", "Замечание"),
    "no findings": ("No findings.", "Замечаний нет."),
    # plugins
    "plugin": ("Plugin", "Плагин"),
    "distribution": ("Distribution", "Пакет"),
    "registered": ("Registered", "Добавляет"),
    "blocked": ("blocked", "заблокирован"),
    # the demo
    "made": ("A made-up account, seed {seed}", "Выдуманный аккаунт, зерно {seed}"),
    "kind": ("Kind", "Что"),
    "amount": ("How many", "Сколько"),
    "users": ("users", "пользователи"),
    "groups": ("groups", "группы"),
    "deals": ("deals", "сделки"),
    "contacts": ("contacts", "контакты"),
    "companies": ("companies", "компании"),
    "tasks": ("tasks", "задачи"),
    "overdue": ("… overdue", "… просроченные"),
    "today": ("… due today", "… на сегодня"),
    "later": ("… later", "… позже"),
    "exact tasks": ("… with an exact time", "… с точным временем"),
    "completed": ("… completed", "… выполненные"),
    "roles": ("roles", "роли"),
    "desks": ("What employees see at {now}", "Что видят сотрудники: {now}"),
    "why": ("Why a task is not handed out", "Почему задача не выдаётся"),
    "findings": ("What `check` finds", "Что находит `check`"),
    "where": ("Where to look next", "Куда смотреть дальше"),
    "written": ("written: {paths}", "записано: {paths}"),
    # work
    "held": ("lease {fence}, until {until}", "номер выдачи {fence}, до {until}"),
    "notice": ("{at}: task taken away ({event}): {title}", "{at}: задача больше не ваша ({event}): {title}"),
    "taken": ("task {task}, lease {fence}, until {until}", "задача {task}, номер выдачи {fence}, до {until}"),
    "ended": ("task {task}: {event}", "задача {task}: {event}"),
    "no_role": ("no role now", "сейчас роли нет"),
    "nothing_to_do": ("nothing to do", "задач нет"),
    "opens": (", next at {at}", ", следующая откроется {at}"),
    "moment": ("When", "Когда"),
    "event": ("What", "Что"),
    "user": ("Employee", "Сотрудник"),
    "fence": ("Lease", "Номер выдачи"),
    # histories
    "items": ("work items", "записи о работе"),
    "rejected": ("rows set aside", "отложенные строки"),
    "cases": ("cases", "дела"),
    "people": ("people", "люди"),
    "system items": ("items of {system}, not people's work", "записи {system}, не работа людей"),
    "events": ("events", "события"),
    "fitting": ("started by a member in the hours of the role", "начато участником роли в её часы"),
    "open": ("tasks open at {at}", "задач открыто: {at}"),
}

LANGUAGES = ("en", "ru")


class Words:
    """The words of the commands in one language."""

    def __init__(self, language: str) -> None:
        self._number = LANGUAGES.index(language)

    def __getitem__(self, name: str) -> str:
        """Give a word by its name."""
        return _WORDS[name][self._number]

    def row(self, *names: str) -> list[str]:
        """Give several words, such as the headings of a table."""
        return [self[name] for name in names]
