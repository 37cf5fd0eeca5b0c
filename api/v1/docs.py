"""The API's documentation as one page that needs no other host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """\
<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
code { font-size: .95em; overflow-wrap: anywhere; }
dt { margin-top: 1rem; }
</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<p>Document complet : <a href="openapi.json">openapi.json</a></p>
{% for tag, operations in tags.items() %}
<h2>{{ tag }}</h2>
<dl>
{% for operation in operations %}
<dt><code>{{ operation.method }} {{ operation.path }}</code></dt>
<dd>{{ operation.text }}
{% if operation.answers %}Réponses : {{ operation.answers }}.{% endif %}</dd>
{% endfor %}
</dl>
{% endfor %}
</main>
</body>
</html>
"""
)

_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def make_docs_page(openapi: Callable[[], dict[str, Any]]) -> Callable[[Request], Response]:
    """An endpoint that lists every operation of the OpenAPI document, by tag."""

    def docs(request: Request) -> Response:
        document = openapi()
        tags: dict[str, list[dict[str, str]]] = {}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                tags.setdefault(operation["tags"][0], []).append(
                    {
                        "method": method.upper(),
                        "path": f"{request.scope.get('root_path', '')}{path}",
                        "text": operation.get("description", ""),
                        "answers": ", ".join(operation["responses"]),
                    }
                )
        page = _PAGE.render(title=document["info"]["title"], tags=tags)
        return HTMLResponse(page, headers=_HEADERS)

    return docs
