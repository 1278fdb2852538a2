"""What commands say while they simulate."""

from __future__ import annotations

SUMMARY = {"en": {"simulating": "simulating"}, "ru": {"simulating": "моделирование"}}
