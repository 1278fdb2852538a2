"""What the commands say, in both languages; errors are in English."""

from __future__ import annotations

_WORDS: dict[str, tuple[str, str]] = {
    # progress
    "tasks": ("tasks", "задачи"),
    "leads": ("deals", "сделки"),
    "contacts": ("contacts", "контакты"),
    "companies": ("companies", "компании"),
    "of": ("{done} of {total} calls", "запросов: {done} из {total}"),
    "about": ("{done} of about {total} calls", "запросов: {done} примерно из {total}"),
    "unknown": ("{done} calls, how many are left is not known", "запросов: {done}, сколько осталось, неизвестно"),
    # what was read
    "kind": ("Kind", "Что"),
    "amount": ("How many", "Сколько"),
    "user": ("users", "пользователи"),
    "group": ("groups", "группы"),
    "task_type": ("task types", "типы задач"),
    "field": ("fields", "поля"),
    "deal": ("deals", "сделки"),
    "contact": ("contacts", "контакты"),
    "company": ("companies", "компании"),
    "task": ("tasks", "задачи"),
    "aside": ("set aside", "отложено"),
    "written": ("written: {path}", "записано: {path}"),
    "cursor": ("cursor: {cursor}", "курсор: {cursor}"),
    # the demo
    "demo read": (
        "A made-up amoCRM account at {url}, read in {calls} calls",
        "Выдуманный аккаунт amoCRM по адресу {url}, прочитан за столько запросов: {calls}",
    ),
    "demo desk": ("The desk of {user}", "Рабочее место: {user}"),
    "demo nothing": ("there is nothing to hand out, try another seed", "выдавать нечего, попробуйте другое зерно"),
    "demo finished": ("His own task, finished", "Собственная задача, выполнена"),
    "demo taken": (
        "A task of the common queue, taken: the responsible changes",
        "Задача из общей очереди взята: ответственный меняется",
    ),
    "demo entity": ("In the CRM", "В CRM"),
    "demo before": ("Before", "Было"),
    "demo after": ("After", "Стало"),
    "demo clean": (
        "{writes} writes to the CRM, {violations} rules of its API broken",
        "Записей в CRM: {writes}, нарушено правил API: {violations}",
    ),
    # the check of an account
    "severity": ("Severity", "Важность"),
    "code": ("Code", "Код"),
    "finding": ("Finding", "Что найдено"),
    "error": ("error", "ошибка"),
    "warning": ("warning", "предупреждение"),
    "info": ("note", "к сведению"),
    # histories
    "event": ("events of tasks", "события задач"),
    "finished": ("… finished", "… выполнено"),
    "line": ("lines written", "записанные строки"),
    "gone": (
        "deleted tasks, of which only the end is known",
        "удалённые задачи: известно только, когда их не стало",
    ),
    "differing": (
        "tasks that are not now as their events say",
        "задачи, которые сейчас не такие, как следует из событий",
    ),
    "untold": ("What amoCRM's events do not tell", "Чего события amoCRM не сообщают"),
    "untold taken": (
        "who began to work on a task, and when: there is no `taken`",
        "кто и когда взялся за задачу: записей `taken` нет",
    ),
    "untold responsible": (
        "the earlier responsible of a task, unless the account records it: it is the one of now",
        "прежний ответственный задачи, если аккаунт его не записывает: указан нынешний",
    ),
    "untold deals": (
        "how deals, contacts, companies and the directory were: they stand as they are now",
        "какими были сделки, контакты, компании и справочники: они такие, как сейчас",
    ),
    "untold deleted": (
        "what a deleted task was: only when it was deleted",
        "какой была удалённая задача: только время удаления",
    ),
    "untold reopened": (
        "that a completed task was opened again",
        "что выполненную задачу открыли снова",
    ),
}


def words(language: str) -> dict[str, str]:
    """Give all words in a language."""
    column = {"en": 0, "ru": 1}[language]
    return {name: texts[column] for name, texts in _WORDS.items()}
