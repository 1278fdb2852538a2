"""The widget's archive: every file of it, packed so that the same settings give the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from importlib.resources import files

from workplaces_amocrm.widget.manifest import LOCALES, WidgetSettings, manifest
from workplaces_amocrm.widget.pictures import pictures

_BEFORE_ALL_TIME = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3
_PLACE = "'%BACKEND%'"


def widget_zip(settings: WidgetSettings) -> bytes:
    """Build `widget.zip`.

    >>> archive = widget_zip(WidgetSettings(backend_url="https://desk.example.ru"))
    >>> sorted(zipfile.ZipFile(io.BytesIO(archive)).namelist())[:3]
    ['i18n/en.json', 'i18n/ru.json', 'images/logo.png']
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sorted(_files(settings).items()):
            archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BEFORE_ALL_TIME)
    entry.external_attr, entry.create_system = _PLAIN_FILE, _UNIX
    return entry


def _files(settings: WidgetSettings) -> dict[str, bytes]:
    texts = {
        "manifest.json": json.dumps(manifest(settings), ensure_ascii=False, indent=2) + "\n",
        "script.js": _script(settings.backend_url),
        "style.css": _static("style.css"),
        **{f"i18n/{locale}.json": _static(f"i18n/{locale}.json") for locale in LOCALES},
    }
    images = {f"images/{name}": content for name, content in pictures().items()}
    return {name: text.encode() for name, text in texts.items()} | images


def _script(backend_url: str) -> str:
    return _static("script.js").replace(_PLACE, json.dumps(backend_url))


def _static(name: str) -> str:
    text = files("workplaces_amocrm.widget").joinpath("static", *name.split("/")).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")
