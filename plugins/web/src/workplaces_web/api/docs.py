"""The page about the API, drawn from its own description: no script, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

from litestar import MediaType, Response, get

from workplaces_web.api.asking import AnyRequest
from workplaces_web.security.callers import PUBLIC

_STYLE = """:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:62rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;border-bottom:1px solid GrayText}h3{margin-bottom:.25rem;font-size:1rem}
code{font-size:.9em}.method{display:inline-block;min-width:4.5em;font-weight:700}
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid GrayText;padding:.25rem .5rem;text-align:left}
pre{white-space:pre-wrap}"""


@get("/api/docs", sync_to_thread=True, media_type=MediaType.HTML, opt={"access": PUBLIC}, include_in_schema=False)
def docs_page(request: AnyRequest) -> str:
    """Draw the page."""
    return page(request.app.openapi_schema.to_schema())


@get("/api/openapi.json", sync_to_thread=True, opt={"access": PUBLIC}, include_in_schema=False)
def openapi(request: AnyRequest) -> dict[str, Any]:
    """Give the description for programs."""
    return request.app.openapi_schema.to_schema()


@get("/api/docs.css", sync_to_thread=False, opt={"access": PUBLIC}, include_in_schema=False)
def docs_style() -> Response[str]:
    """Give the look of the page."""
    return Response(_STYLE, media_type="text/css")


def page(schema: dict[str, Any]) -> str:
    """Draw a description: its operations by tag, then the shapes that they take and give."""
    info = schema["info"]
    by_tag: dict[str, list[str]] = {}
    for path, item in sorted(schema["paths"].items()):
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                tag = (operation.get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append(_operation(path, method, operation))
    parts = [f"<h2>{escape(tag)}</h2>{''.join(found)}" for tag, found in sorted(by_tag.items())]
    shapes = schema.get("components", {}).get("schemas", {})
    parts.append("<h2>shapes</h2>" + "".join(_shape(name, shape) for name, shape in sorted(shapes.items())))
    title = escape(f"{info['title']} API {info['version']}")
    about = "".join(f"<p>{escape(part)}</p>" for part in info.get("description", "").split("\n\n"))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/api/docs.css">'
        f'<h1>{title}</h1>{about}<p><a href="/api/openapi.json">openapi.json</a></p>{"".join(parts)}</html>'
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(_parameter(each) for each in operation.get("parameters", ()))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    takes = f"<p>takes {_kind(body)}</p>" if body else ""
    answers = "".join(_answer(status, answer) for status, answer in sorted(operation["responses"].items()))
    about = escape(operation.get("description") or operation.get("summary") or "")
    return (
        f'<h3><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h3><p>{about}</p>'
        f"{f'<table>{rows}</table>' if rows else ''}{takes}<table>{answers}</table>"
    )


def _parameter(each: dict[str, Any]) -> str:
    about = escape(each.get("description") or "")
    return f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td><td>{about}</td></tr>"


def _answer(status: str, answer: dict[str, Any]) -> str:
    shape = next((each.get("schema") for each in answer.get("content", {}).values()), None)
    return f"<tr><td>{escape(status)}</td><td>{escape(answer.get('description', ''))}</td><td>{_kind(shape)}</td></tr>"


def _shape(name: str, shape: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(key)}</code></td><td>{_kind(each)}</td></tr>"
        for key, each in shape.get("properties", {}).items()
    )
    about = escape(shape.get("description") or "")
    return f'<h3 id="{escape(name)}">{escape(shape.get("title") or name)}</h3><p>{about}</p><table>{rows}</table>'


def _kind(shape: dict[str, Any] | None) -> str:
    """Write what a shape is, with links to those that have a name."""
    if not shape:
        return ""
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#{escape(name)}">{escape(name.rsplit("_", 1)[-1])}</a>'
    if "items" in shape:
        return f"list of {_kind(shape['items'])}"
    if "oneOf" in shape:
        return " or ".join(_kind(each) for each in shape["oneOf"])
    if "enum" in shape:
        return " | ".join(f"<code>{escape(str(each))}</code>" for each in shape["enum"])
    kind = shape.get("type", "anything")
    return escape(kind if isinstance(kind, str) else " or ".join(kind)) + (
        f" ({escape(shape['format'])})" if "format" in shape else ""
    )


ROUTES = [docs_page, openapi, docs_style]
