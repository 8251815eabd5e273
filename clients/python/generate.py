"""Makes src/sandboxd/{models,_operations}.py from docs/openapi.yaml, or says whether they are up to
date (--check).

The types are datamodel-code-generator's; the methods, one for each operation, are written here.
What only `Prefer: wait` answers is left out: this client waits by itself, so that a 202 is an
operation.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import wrap
from typing import Any

import yaml

HERE = Path(__file__).parent
SOURCE = HERE.parent.parent / "docs" / "openapi.yaml"
TARGET = HERE / "src" / "sandboxd"
MADE = "Made by generate.py from docs/openapi.yaml; not to be changed by hand."
# Pages, a WebSocket and the sessions of browsers: nothing that a program calls.
LEFT_OUT = {"get_docs", "open_terminal", "create_session", "get_session", "delete_session"}
METHODS = ("get", "post", "put", "patch", "delete")
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
Json = dict[str, Any]


def without_prefer(document: Json) -> Json:
    for operation in (one for path in document["paths"].values() for one in path.values()):
        parameters = operation.get("parameters", [])
        kept = [one for one in parameters if not one.get("$ref", "").endswith("/Prefer")]
        if len(kept) == len(parameters):
            continue
        operation["parameters"] = kept
        operation["responses"] = {
            status: answer
            for status, answer in operation["responses"].items()
            if not answer.get("description", "").startswith("With `Prefer")
        }
    return document


def models(document: Json) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "models.py")
        source.write_text(json.dumps(document))
        options = """--input-file-type openapi --openapi-scopes schemas --target-python-version 3.10
            --output-model-type typing.TypedDict --no-use-closed-typed-dict --use-union-operator
            --use-standard-collections --enum-field-as-literal all --use-schema-description
            --use-field-description --use-single-line-docstring --disable-timestamp
            --formatters builtin"""
        program = Path(sys.executable).with_name("datamodel-codegen")
        files = ["--input", str(source), "--output", str(target)]
        header = ["--custom-file-header", f'"""{MADE}"""']
        subprocess.run([program, *options.split(), *files, *header], check=True, timeout=120)
        return target.read_text()


class Method:
    """An operation as a method."""

    def __init__(self, document: Json, http: str, path: str, operation: Json) -> None:
        self.document, self.http, self.path, self.operation = document, http, path, operation
        self.name: str = operation["operationId"]
        self.parameters = [self.resolved(one) for one in operation.get("parameters", [])]

    def resolved(self, value: Json) -> Json:
        if "$ref" not in value:
            return value
        found: Any = self.document
        for key in value["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        return self.resolved(found)

    def type_of(self, schema: Json) -> str:
        if "$ref" in schema:
            return f"models.{schema['$ref'].rsplit('/', 1)[1]}"
        if "enum" in schema:
            return f"Literal[{', '.join(map(repr, schema['enum']))}]"
        return SCALARS.get(schema.get("type", ""), "dict[str, Any]")

    def argument(self, parameter: Json) -> str:
        """A path's `id` is called by what it is of."""
        name: str = parameter["name"]
        kind = self.type_of(parameter["schema"]).removeprefix("models.")
        return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower() if name == "id" else name

    def places(self, where: str) -> list[Json]:
        """Those of the path, or of the query without what the path says already."""
        found = [one for one in self.parameters if one["in"] == where]
        said = [self.argument(one) for one in self.places("path")] if where == "query" else []
        return [one for one in found if one["name"] not in said]

    def body(self) -> tuple[str, str] | None:
        """How the body is given, and what is sent of it."""
        content = self.resolved(self.operation.get("requestBody", {})).get("content", {})
        if "application/octet-stream" in content:
            return "content: bytes | str", "content=content"
        schema = content.get("application/json", {}).get("schema")
        if schema is None or not self.resolved(schema).get("properties"):
            return None
        return f"**body: Unpack[{self.type_of(schema)}]", "body=body"

    def answer(self) -> tuple[str, str]:
        """What it gives, and how it is read."""
        found = {}
        for status, answer in self.operation["responses"].items():
            if status.startswith("2"):
                content = self.resolved(answer).get("content", {})
                if "application/json" in content:
                    found[self.type_of(content["application/json"]["schema"])] = "json"
                elif content:
                    kind = "str" if "text/plain" in content else "bytes"
                    found[kind] = "text" if kind == "str" else "content"
        return (" | ".join(found) or "None", [*found.values(), "nothing"][0])

    def signature(self, ends: str) -> str:
        before = [
            f"{self.argument(one)}: {self.type_of(one['schema'])}" for one in self.places("path")
        ]
        body = self.body()
        if body and not body[0].startswith("**"):
            before.append(body[0])
        named = [
            f"{one['name']}: {self.type_of(one['schema'])}"
            + ("" if one.get("required") else " | None = None")
            for one in sorted(self.places("query"), key=lambda one: not one.get("required"))
        ]
        if any(one["name"] == "Idempotency-Key" for one in self.parameters):
            named.append("idempotency_key: str | None = None")
        parts = ["self", *before, *(["/"] if before else [])]
        parts += [*(["*"] if named else []), *named]
        parts += [body[0]] if body and body[0].startswith("**") else []
        return f"def {self.name}({', '.join(parts)}) -> {ends}:"

    def call(self) -> str:
        query = ", ".join(f'"{one["name"]}": {one["name"]}' for one in self.places("query"))
        body, (_, read) = self.body(), self.answer()
        arguments = [
            f'"{self.http.upper()}"',
            '"' + re.sub(r"\{\w+\}", "{}", self.path) + '"',
            *(self.argument(one) for one in self.places("path")),
            *([f"query={{{query}}}"] if query else []),
            *([body[1]] if body else []),
            *(["key=idempotency_key"] if "idempotency_key" in self.signature("") else []),
            *([] if read == "json" else [f'read="{read}"']),
        ]
        return f"self._call({', '.join(arguments)})"

    def text(self, a: str) -> str:
        ends, read = self.answer()
        summary = "\n        ".join(wrap(self.operation["summary"] + ".", 90))
        call = f"{a and 'await '}{self.call()}"
        does = call if read == "nothing" else f"answer: {ends} = {call}\n        return answer"
        return f'    {a}{self.signature(ends)}\n        """{summary}"""\n        {does}\n'


def operations(document: Json) -> str:
    methods = [
        Method(document, http, path, operation)
        for path, item in document["paths"].items()
        for http, operation in item.items()
        if http in METHODS and operation["operationId"] not in LEFT_OUT
    ]
    events = next(one for one in methods if one.name == "list_events")
    filters = [
        f"    {one['name']}: {events.type_of(one['schema'])}\n"
        for one in events.places("query")
        if one["name"] not in ("limit", "before", "after")
    ]
    call = """    {a}def _call(
        self,
        method: str,
        path: str,
        *ids: str,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, Any] | None = None,
        content: bytes | str | None = None,
        key: str | None = None,
        read: Read = "json",
    ) -> Any:
        raise NotImplementedError
"""
    parts = [
        f'"""{MADE}"""\n\nfrom collections.abc import Mapping\nfrom typing import Any, Literal\n\n'
        "from typing_extensions import TypedDict, Unpack\n\nfrom . import models\n\n"
        'Read = Literal["json", "text", "content", "nothing"]\n\n'
        "class EventFilter(TypedDict, total=False):\n"
        '    """What a timeline can be narrowed to."""\n\n' + "".join(filters)
    ]
    for name, a in (("Operations", ""), ("AsyncOperations", "async ")):
        texts = "\n".join(one.text(a) for one in methods)
        what = "Every request of the API" + (", to be awaited." if a else ".")
        parts.append(f'class {name}:\n    """{what}"""\n\n{call.format(a=a)}\n{texts}')
    return "\n\n".join(parts)


def formatted(text: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, "format", "--quiet", "--line-length", "100", "-"],
        input=text, capture_output=True, check=True, text=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def main() -> None:
    document = without_prefer(yaml.safe_load(SOURCE.read_text()))
    stale = []
    for name, made in (("models", models(document)), ("_operations", operations(document))):
        target, text = TARGET / f"{name}.py", formatted(made)
        if "--check" not in sys.argv:
            target.write_text(text)
        elif not target.exists() or target.read_text() != text:
            stale.append(str(target.relative_to(HERE)))
    if stale:
        sys.exit(f"not of docs/openapi.yaml: {', '.join(stale)}; run: scripts/clients types")


if __name__ == "__main__":
    main()
