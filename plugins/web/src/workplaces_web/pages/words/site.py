"""Words that stand on every page: navigation, states of the connection, what went wrong."""

from __future__ import annotations

SITE: dict[str, tuple[str, str]] = {
    "site.name": ("Workplaces", "Рабочие места"),
    "site.desk": ("Desk", "Рабочее место"),
    "site.board": ("Board", "Обзор"),
    "site.roles": ("Roles", "Роли"),
    "site.versions": ("Versions", "Версии"),
    "site.machine": ("Time machine", "Машина времени"),
    "site.accounts": ("Accounts", "Учётные записи"),
    "site.tokens": ("Tokens", "Токены"),
    "site.audit": ("Log of changes", "Журнал изменений"),
    "site.sign_out": ("Sign out", "Выйти"),
    "site.sign_in": ("Sign in", "Войти"),
    "site.skip": ("Skip to the content", "К содержанию"),
    "site.menu": ("Sections", "Разделы"),
    "site.language": ("Language", "Язык"),
    "site.offline": (
        "No connection. What you see may be old; it goes on by itself when the connection is back.",
        "Нет связи. Данные на экране могли устареть; как только связь вернётся, всё продолжится само.",
    ),
    "site.no_script": ("This page needs JavaScript.", "Для этой страницы нужен JavaScript."),
    "site.cancel": ("Cancel", "Отмена"),
    "site.close": ("Close", "Закрыть"),
    "site.zone": ("time in {zone}", "время: {zone}"),
    "site.none": ("none", "нет"),
    "site.not_found": ("There is no such page", "Такой страницы нет"),
    "site.forbidden": ("This page is not for your role", "Эта страница не для вашей роли"),
    "site.back": ("To the first page", "На главную"),
    "problem.network": (
        "No connection: nothing was sent. Try again.",
        "Нет связи: ничего не отправлено. Попробуйте ещё раз.",
    ),
    "problem.stale-fence": (
        "This task is not yours any more, the desk was renewed.",
        "Эта задача уже не у вас, рабочее место обновлено.",
    ),
    "problem.not-yours": ("Somebody else has this task.", "Эта задача у другого сотрудника."),
    "problem.not-allowed": ("This is not allowed: {detail}", "Так нельзя: {detail}"),
    "problem.crm-unavailable": (
        "The CRM does not answer. What you did is kept and will be sent by itself.",
        "amoCRM не отвечает. Сделанное сохранено и отправится само.",
    ),
    "problem.store-unavailable": ("The service is busy, try again.", "Сервис занят, попробуйте ещё раз."),
    "problem.conflict": ("Somebody was faster: {detail}", "Кто-то успел раньше: {detail}"),
    "problem.unauthorized": ("This did not sign you in: {detail}", "Войти не удалось: {detail}"),
    "problem.too-many-requests": (
        "Too many tries. Wait a little and try again.",
        "Слишком много попыток. Подождите немного и попробуйте снова.",
    ),
    "problem.forbidden": ("This is not allowed: {detail}", "Так нельзя: {detail}"),
    "problem.other": ("It did not work: {detail}", "Не получилось: {detail}"),
}
