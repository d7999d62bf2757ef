"""Resolves the template for given parameters, as CloudFormation does before it creates anything."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from devstack import PROJECT_ROOT
from devstack.stack import TEMPLATE
from devstack.template import translate

_OMITTED = object()


def configured(name: str) -> dict[str, str]:
    """Returns the parameters that a configuration of samconfig.toml deploys."""
    config = tomllib.loads((PROJECT_ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    return dict(pair.split("=", 1) for pair in config[name]["deploy"]["parameters"]["parameter_overrides"])


@cache
def _template() -> dict[str, Any]:
    translated: dict[str, Any] = translate(TEMPLATE, {}).cloudformation
    return translated


def resolve(parameters: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Returns the resources that these parameters deploy.

    References to parameters, mappings and conditions are resolved; those to resources and to ``AWS::`` stay.
    """
    resolver = _Resolver(_template(), parameters)
    found = {}
    for name, resource in _template()["Resources"].items():
        if "Condition" not in resource or resolver.holds(resource["Condition"]):
            found[name] = resolver.value(resource)
    return found


class _Resolver:
    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        self._template = template
        self._parameters = {
            name: str(parameters.get(name, parameter.get("Default", "")))
            for name, parameter in template["Parameters"].items()
        }

    def holds(self, condition: str) -> bool:
        return self._test(self._template["Conditions"][condition])

    def _test(self, test: Any) -> bool:
        match test:
            case {"Condition": name}:
                return self.holds(name)
            case {"Fn::Equals": [left, right]}:
                return str(self.value(left)) == str(self.value(right))
            case {"Fn::Not": [part]}:
                return not self._test(part)
            case {"Fn::And": parts}:
                return all(self._test(part) for part in parts)
            case {"Fn::Or": parts}:
                return any(self._test(part) for part in parts)
        raise ValueError(f"not a condition: {test}")

    def value(self, value: Any) -> Any:
        """Resolves what does not depend on other resources; ``AWS::NoValue`` vanishes with its key or element."""
        match value:
            case {"Ref": "AWS::NoValue"}:
                return _OMITTED
            case {"Ref": name} if name in self._parameters:
                return self._parameters[name]
            case {"Fn::If": [condition, yes, no]}:
                return self.value(yes if self.holds(condition) else no)
            case {"Fn::FindInMap": [name, *keys]}:
                return self._mapped(name, *(self.value(key) for key in keys))
            case {"Fn::Join": [separator, parts]} if isinstance(resolved := self.value(parts), str):
                return separator.join(resolved.split(","))
            case {"Fn::Sub": [text, variables]}:
                return self._substituted(text, self._parameters | self.value(variables))
            case {"Fn::Sub": str(text)}:
                return self._substituted(text, self._parameters)
            case dict():
                resolved = {name: self.value(part) for name, part in value.items()}
                return {name: part for name, part in resolved.items() if part is not _OMITTED}
            case list():
                return [part for part in map(self.value, value) if part is not _OMITTED]
        return value

    def _mapped(self, name: str, first: str, second: str) -> Any:
        return self._template["Mappings"][name][first][second]

    def _substituted(self, text: str, known: Mapping[str, Any]) -> str:
        return re.sub(r"\$\{(\w+)}", lambda match: str(known.get(match[1], match[0])), text)
