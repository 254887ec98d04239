"""The description of the API: without a warning, an example for every request and answer, each example true to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from backend.api.problem_codes import CODES, PROBLEMS

Content = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Written by the command that a person uses; any warning fails it."""
    file: Path = tmp_path_factory.mktemp("openapi") / "schema.json"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(file))
    schema: dict[str, Any] = json.loads(file.read_text())
    return schema


def contents(schema: dict[str, Any]) -> Iterator[Content]:
    """Every JSON body of every operation, by a name of its own."""
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{method} {path} request", content
            for status, response in operation["responses"].items():
                for content in response.get("content", {}).values():
                    yield f"{method} {path} {status}", content


def test_the_description_is_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.1"
    assert len(list(contents(described))) > 150


def test_every_body_has_an_example(described: dict[str, Any]) -> None:
    assert [name for name, content in contents(described) if not content.get("examples")] == []


def test_every_example_fits_its_schema(described: dict[str, Any]) -> None:
    faults = []
    for name, content in contents(described):
        validator = Draft202012Validator(
            {**content["schema"], "components": described["components"]},
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        for example in content["examples"].values():
            faults += [
                f"{name}: {error.json_path} {error.message}" for error in validator.iter_errors(example["value"])
            ]
    assert faults == []


def test_an_example_with_a_fault_is_found(described: dict[str, Any]) -> None:
    """The check above can fail: an example that lacks a field does."""
    schema = {"$ref": "#/components/schemas/Need", "components": described["components"]}
    assert [error.validator for error in Draft202012Validator(schema).iter_errors({})] == ["required"] * 14


def test_every_problem_example_carries_a_code_of_its_status(described: dict[str, Any]) -> None:
    statuses = {problem.code: problem.statuses for problem in PROBLEMS}
    for name, content in contents(described):
        if name.split()[-1].startswith(("4", "5")):
            value = content["examples"]["Problem"]["value"]
            assert (str(value["status"]), value["status"] in statuses[value["code"]]) == (name.split()[-1], True), name


def test_codes_are_told_once() -> None:
    assert len(set(CODES)) == len(CODES)


def test_every_operation_has_a_name_a_summary_and_a_tag(described: dict[str, Any]) -> None:
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) == 92
    assert [operation["operationId"] for operation in operations if not operation.get("summary")] == []
    assert [operation["operationId"] for operation in operations if len(operation["tags"]) != 1] == []
