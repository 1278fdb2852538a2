"""Webhooks: amoCRM says that something changed, and we look; polling finds the same without them, only later."""

from __future__ import annotations

from workplaces_amocrm.webhooks.disabled import is_disabled_notice
from workplaces_amocrm.webhooks.inbox import Inbox, Waiting
from workplaces_amocrm.webhooks.receiver import Received, receive
from workplaces_amocrm.webhooks.subscription import NEEDED_EVENTS, HookState, status, subscribe, unsubscribe

__all__ = [
    "NEEDED_EVENTS",
    "HookState",
    "Inbox",
    "Received",
    "Waiting",
    "is_disabled_notice",
    "receive",
    "status",
    "subscribe",
    "unsubscribe",
]
