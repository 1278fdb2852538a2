"""The findings of an account check: their codes, how bad each is, and one sentence for it in English and Russian."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen

Severity = Literal["error", "warning", "info"]
Language = Literal["en", "ru"]

SENTENCES: dict[str, tuple[Severity, str, str]] = {
    "token.rejected": (
        "error",
        "amoCRM does not accept the token: issue a new one, or consent to the integration again",
        "amoCRM не принимает токен: выпустите новый или заново подключите интеграцию",
    ),
    "account.not_paid": (
        "error",
        "the account is not paid, and amoCRM answers nothing until it is",
        "аккаунт не оплачен, до оплаты amoCRM ни на что не отвечает",
    ),
    "account.blocked": (
        "error",
        "amoCRM has blocked the API of this account: stop all integrations and write to amoCRM's support",
        "amoCRM заблокировала API этого аккаунта: остановите интеграции и напишите в поддержку amoCRM",
    ),
    "account.not_found": (
        "error",
        "there is no amoCRM account at {address}: take the address that the browser shows when you work in it",
        "по адресу {address} нет аккаунта amoCRM: укажите адрес, который виден в браузере при работе в нём",
    ),
    "account.unreachable": (
        "error",
        "the account cannot be asked now ({reason}): check the address and the network, then try again",
        "сейчас аккаунт не отвечает ({reason}): проверьте адрес и сеть и повторите",
    ),
    "account.found": (
        "info",
        "connected to account “{name}” ({id})",
        "подключено к аккаунту «{name}» ({id})",
    ),
    "zone.missing": (
        "error",
        "the account gives no time zone, so all-day tasks cannot be told: set `zone`, such as `Europe/Moscow`",
        "аккаунт не сообщает часовой пояс, задачи «весь день» не отличить: укажите `zone`, например `Europe/Moscow`",
    ),
    "zone.unknown": (
        "error",
        "the account's time zone `{zone}` is not known here: set `zone`, such as `Europe/Moscow`",
        "часовой пояс аккаунта `{zone}` здесь неизвестен: укажите `zone`, например `Europe/Moscow`",
    ),
    "zone.differs": (
        "warning",
        "`zone` is `{chosen}`, the account's own is `{zone}`: all-day tasks may fall on another day than in amoCRM",
        "`zone` — `{chosen}`, а в аккаунте `{zone}`: задачи «весь день» могут попасть не на тот день, что в amoCRM",
    ),
    "zone.found": (
        "info",
        "dates are those of `{zone}`",
        "даты считаются в поясе `{zone}`",
    ),
    "token.not_admin": (
        "warning",
        "the token is not an administrator's: users cannot be read and webhooks not managed; make one as administrator",
        "токен не администратора: нельзя читать сотрудников и управлять вебхуками; выпустите токен администратора",
    ),
    "token.limited": (
        "warning",
        "the token's user may not edit everything ({what}): such tasks and deals will not change hands",
        "пользователь токена может менять не всё ({what}): такие задачи и сделки не перейдут к другому сотруднику",
    ),
    "token.admin": (
        "info",
        "the token is an administrator's: everything can be read and changed",
        "токен администратора: доступны чтение и изменение всего",
    ),
    "users.none": (
        "warning",
        "the account shows no active user, so nobody has a desk",
        "в аккаунте не видно ни одного активного сотрудника, рабочих мест не будет",
    ),
    "users.count": (
        "info",
        "{active} active users of {total}",
        "активных сотрудников: {active} из {total}",
    ),
    "groups.default": (
        "info",
        "{count} users have no group and count as members of the default group `0`",
        "сотрудников без отдела: {count}, они считаются отделом по умолчанию `0`",
    ),
    "groups.unmapped": (
        "warning",
        "{count} users have no group, and `null_group_is_default` is off: roles by group miss them",
        "сотрудников без отдела: {count}, а `null_group_is_default` выключен: роли по отделам их не найдут",
    ),
    "groups.unknown": (
        "warning",
        "users belong to groups that the account does not list: {groups}",
        "сотрудники состоят в отделах, которых нет в списке аккаунта: {groups}",
    ),
    "task_types.none": (
        "warning",
        "the account lists no task types, so no priority can ask for one",
        "аккаунт не сообщает типы задач, приоритеты не смогут их учитывать",
    ),
    "task_types.count": (
        "info",
        "{count} task types, {groups} groups",
        "типов задач: {count}, отделов: {groups}",
    ),
    "filters.off": (
        "warning",
        (
            "filtering by API is off: deals, contacts and companies are read singly or all of them, which is slower; "
            "ask amoCRM's support to enable API filtering"
        ),
        (
            "фильтрация по API выключена: сделки, контакты и компании читаются по одной или все подряд, это дольше; "
            "попросите поддержку amoCRM включить фильтрацию по API"
        ),
    ),
    "filters.contradicted": (
        "error",
        "`lead_filters` is on, but the account has no filtering by API: leave the setting out",
        "`lead_filters` включён, но в аккаунте нет фильтрации по API: уберите эту настройку",
    ),
    "filters.on": (
        "info",
        "filtering by API is on: what changed is read in few calls",
        "фильтрация по API включена: изменения читаются немногими запросами",
    ),
    "hooks.refused": (
        "warning",
        (
            "webhooks are not available (they need an administrator and the Extended or Professional plan): "
            "changes are found by polling, every {seconds} seconds"
        ),
        (
            "вебхуки недоступны (нужны права администратора и тариф «Расширенный» или «Профессиональный»): "
            "изменения находит опрос раз в {seconds} с"
        ),
    ),
    "hooks.disabled": (
        "warning",
        (
            "amoCRM switched off the webhook to {hosts}: see that the address answers within two seconds, then switch "
            "it on under Settings, API, webhooks"
        ),
        (
            "amoCRM отключила вебхук на {hosts}: убедитесь, что адрес отвечает за две секунды, и включите его "
            "в «Настройки — API — Вебхуки»"
        ),
    ),
    "hooks.none": (
        "info",
        "no webhook is set up: changes are found by polling, every {seconds} seconds",
        "вебхук не настроен: изменения находит опрос раз в {seconds} с",
    ),
    "hooks.found": (
        "info",
        "webhooks are available, {count} are set up",
        "вебхуки доступны, настроено: {count}",
    ),
    "rate.above": (
        "warning",
        (
            "the rate is set to {rate} calls a second, above the {usual} of a usual account: this needs a paid "
            "package, or amoCRM blocks the account"
        ),
        (
            "задано {rate} запросов в секунду, больше обычных {usual}: для этого нужен платный пакет, "
            "иначе amoCRM заблокирует аккаунт"
        ),
    ),
    "rate.budget": (
        "info",
        "{rate} calls a second are used at most, {hourly} entities an hour can be read",
        "используется не более {rate} запросов в секунду, за час можно прочитать {hourly} записей",
    ),
    "rate.exceeded": (
        "warning",
        "amoCRM says that too much is asked already: another integration may be using up the account's rate",
        "amoCRM сообщает о превышении частоты запросов: возможно, лимит аккаунта расходует другая интеграция",
    ),
}
"""How bad each code is, and its sentence in English and Russian. Codes are stable."""


@frozen
class Finding:
    """One thing found; `severity` is `error` when the plugin cannot work so, `warning` when it works less well.

    >>> found = finding("zone.found", zone="Europe/Moscow")
    >>> found.severity, found.text(), found.text("ru")
    ('info', 'dates are those of `Europe/Moscow`', 'даты считаются в поясе `Europe/Moscow`')
    """

    code: str
    severity: Severity
    en: str
    ru: str

    def text(self, language: Language = "en") -> str:
        """Give the sentence in a language."""
        return self.ru if language == "ru" else self.en


def finding(code: str, **values: Any) -> Finding:
    """Make a finding of its code and what its sentence speaks of."""
    severity, en, ru = SENTENCES[code]
    return Finding(code, severity, en.format(**values), ru.format(**values))
