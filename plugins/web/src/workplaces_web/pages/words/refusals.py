"""What the API says when it refuses, in the words of pages: each key is the API's own sentence without its values."""

from __future__ import annotations

import re

REFUSALS: dict[str, tuple[str, str]] = {
    # -- fields
    "problem.field.login": ("Login", "Логин"),
    "problem.field.name": ("Name", "Имя"),
    "problem.field.password": ("Password", "Пароль"),
    "problem.field.old": ("Old password", "Прежний пароль"),
    "problem.field.new": ("New password", "Новый пароль"),
    "problem.field.user": ("User in the CRM", "Пользователь в CRM"),
    "problem.field.account": ("Account", "Учётная запись"),
    "problem.field.scopes": ("What the token may do", "Что можно токену"),
    "problem.field.expires": ("End", "Срок"),
    "problem.field.comment": ("Comment", "Комментарий"),
    "problem.field.due": ("Date", "Дата"),
    "problem.field.result": ("Result", "Результат"),
    "problem.field.reason": ("Reason", "Причина"),
    "problem.field.minutes": ("Minutes", "Минуты"),
    "problem.field.role": ("Role", "Роль"),
    "problem.field.policy": ("Rules", "Правила"),
    "problem.field.version": ("Version", "Версия"),
    # -- what is wrong with them
    "problem.said.must be to characters": ("must be {0} to {1} characters", "нужно от {0} до {1} знаков"),
    "problem.said.must be to characters: say why": (
        "say why, in {0} to {1} characters",
        "напишите, зачем это изменение: от {0} до {1} знаков",
    ),
    "problem.said.must be at most characters": ("must be at most {0} characters", "не длиннее {0} знаков"),
    "problem.said.must be from to": ("must be from {0} to {1}", "нужно от {0} до {1}"),
    "problem.said.must be an object": ("must be a JSON object", "нужен объект JSON"),
    "problem.said.must be JSON in UTF-8": ("must be JSON in UTF-8", "нужен JSON в UTF-8"),
    "problem.said.must lie ahead": ("must lie ahead", "должен быть в будущем"),
    "problem.said.must name at least one": ("choose at least one", "выберите хотя бы одно"),
    "problem.said.is taken": ("is taken", "уже занят"),
    "problem.said.has an account": ("has an account already", "уже с учётной записью"),
    "problem.said.is nobody in the CRM": ("is nobody in the CRM", "такого в CRM нет"),
    "problem.said.is not the password of this account": ("is not right", "неверный"),
    "problem.said.cannot sign in by a password": ("cannot sign in by a password", "вход по паролю для неё закрыт"),
    "problem.said.is your own: another administrator has to do this": (
        "is your own: another administrator has to do this",
        "это ваша собственная, её может менять только другой администратор",
    ),
    # -- who may not
    "problem.said.login and password do not fit together": (
        "login and password do not fit together",
        "логин и пароль не подходят друг к другу",
    ),
    "problem.said.sign in first, or send a token": (
        "your session has ended, sign in again",
        "сеанс закончился, войдите снова",
    ),
    "problem.said.this is somebody else's desk": ("this is somebody else's desk", "это чужое рабочее место"),
    "problem.said.this account is nobody in the CRM, it has no desk": (
        "this account is nobody in the CRM, it has no desk",
        "за этой учётной записью нет пользователя CRM, рабочего места у неё нет",
    ),
    "problem.said.this asks for the role administrator": (
        "only administrators may do this",
        "это может только администратор",
    ),
    "problem.said.this asks for the role supervisor": ("only supervisors may do this", "это может только руководитель"),
    "problem.said.this asks for the role employee": ("only employees may do this", "это может только сотрудник"),
    "problem.said.the request comes from a page of another site": (
        "the request comes from a page of another site",
        "запрос пришёл со страницы другого сайта",
    ),
    "problem.said.the header X-CSRF-Token is missing, or is not the session's": (
        "this page is older than your session, load it anew",
        "страница старше вашего сеанса, загрузите её заново",
    ),
    "problem.said.this link has been used, or is too old: ask for a new one": (
        "this link has been used, or is too old: ask for a new one",
        "ссылка уже использована или устарела, попросите новую",
    ),
    "problem.said.this link has been used, or is too old: a restart of the service prints a new one": (
        "this link has been used, or is too old: a restart of the service prints a new one",
        "ссылка уже использована или устарела: новую напечатает перезапуск сервиса",
    ),
    "problem.said.this address has been used, or is too old: open the panel again": (
        "this address has been used, or is too old: open the panel again",
        "адрес уже использован или устарел: откройте панель ещё раз",
    ),
    "problem.said.login is taken": ("the login {0} is taken", "логин {0} уже занят"),
    "problem.said.user of the CRM has an account": (
        "user {0} of the CRM has an account",
        "у пользователя CRM {0} уже есть учётная запись",
    ),
    "problem.said.person may not sign in": ("this account is shut", "эта учётная запись выключена"),
    # -- what was overtaken, or is not there
    "problem.said.version was published meanwhile, the draft was made from": (
        "version {0} was published meanwhile, the draft was made from {1}",
        "тем временем опубликована версия {0}, а черновик сделан из версии {1}",
    ),
    "problem.said.another version was published at the same moment": (
        "another version was published at the same moment",
        "в тот же миг опубликована другая версия",
    ),
    "problem.said.was never published": ("was never published", "никогда не публиковалась"),
    "problem.said.version was never published": (
        "version {0} was never published",
        "версия {0} никогда не публиковалась",
    ),
    "problem.said.no policy was published yet": ("no rules were published yet", "правила ещё не публиковались"),
    "problem.said.role is not in the draft": ("role {0} is not in the draft", "роли {0} в черновике нет"),
    "problem.said.token is not known": ("there is no such token", "такого токена нет"),
    "problem.said.account is not known": ("there is no such account", "такой учётной записи нет"),
    "problem.said.person is not known": ("there is no such account", "такой учётной записи нет"),
    "problem.said.is nobody of the demonstration": (
        "{0} is nobody of the demonstration",
        "в демонстрации нет такого человека: {0}",
    ),
    "problem.said.this is no demonstration": ("this is no demonstration", "это не демонстрация"),
    # -- tasks and transfers
    "problem.said.tasks may not be skipped here: is off": (
        "tasks may not be put aside here",
        "откладывать задачи здесь нельзя",
    ),
    "problem.said.the CRM refuses for task": (
        "the CRM refuses for task {0}: {rest}",
        "amoCRM отказывает по задаче {0}: {rest}",
    ),
    "problem.said.another wish came in the place of this one for task": (
        "another wish came in the place of this one for task {0}",
        "по задаче {0} после этого пожелали другого",
    ),
    "problem.said.is no transfer": ("{0} is no change of ownership", "{0}: это не передача задачи"),
    "problem.said.transfer is , only one that failed can be given back": (
        "only a transfer that failed can be given back",
        "вернуть можно только неудавшуюся передачу",
    ),
    "problem.said.transfer changed nothing that could be given back": (
        "this transfer changed nothing that could be given back",
        "эта передача ничего не изменила, возвращать нечего",
    ),
    "problem.said.something went wrong here, it is in the log of the service": (
        "something went wrong in the service, it is in its log",
        "в сервисе что-то сломалось, подробности в его журнале",
    ),
}

_VALUES = re.compile(r"`[^`]*`|(?<![\w-])\d+")


def sentence(text: str) -> str:
    """Give a sentence of the API without the values in it: what the scripts look its words up by.

    >>> sentence("version 7 was published meanwhile, the draft was made from 6")
    'version was published meanwhile, the draft was made from'
    >>> sentence("login `anna` is taken")
    'login is taken'
    """
    return " ".join(_VALUES.sub("", text).split())
