"""Models and endpoint configs: written once, read, deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from penstock.localcloud.api.listing import page
from penstock.localcloud.fault import missing, validation_exception
from penstock.localcloud.hosting.variant import Deployment, Variant
from penstock.localcloud.names import arn_of
from penstock.localcloud.state import Resource, State

__all__ = ["CONFIG", "MODEL", "Catalog"]

MODEL = "model"
CONFIG = "endpoint-config"
_LABEL = {MODEL: "model", CONFIG: "endpoint configuration"}
_STEM = {MODEL: "Model", CONFIG: "EndpointConfig"}

# Taken silently, these would promise what this host does not do.
_UNSUPPORTED_CONFIG = (
    "DataCaptureConfig",
    "AsyncInferenceConfig",
    "ExplainerConfig",
    "ShadowProductionVariants",
)
_UNSUPPORTED_VARIANT = ("ServerlessConfig", "ManagedInstanceScaling", "RoutingConfig")


class Catalog:
    """The actions on models and endpoint configs, each ``(region, request) -> response``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def create_model(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateModel."""
        _refuse(_model_problems(request))
        return self._create(region, MODEL, request)

    def describe_model(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeModel."""
        return self._describe(region, MODEL, request)

    def list_models(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListModels."""
        return self._list(region, MODEL, request)

    def delete_model(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteModel."""
        return self._delete(region, MODEL, request)

    def create_endpoint_config(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateEndpointConfig."""
        _refuse(_config_problems(request))
        for variant in request["ProductionVariants"]:
            self._get(region, MODEL, variant["ModelName"])
        return self._create(region, CONFIG, request)

    def describe_endpoint_config(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeEndpointConfig."""
        found = self._describe(region, CONFIG, request)
        variants = found["ProductionVariants"]
        found["ProductionVariants"] = [{"InitialVariantWeight": 1.0, **item} for item in variants]
        return found

    def list_endpoint_configs(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListEndpointConfigs."""
        return self._list(region, CONFIG, request)

    def delete_endpoint_config(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteEndpointConfig."""
        return self._delete(region, CONFIG, request)

    def deployment(self, region: str, config: str, id: str) -> Deployment:
        """Return a config with its models, as an endpoint is to serve it."""
        entries = self._get(region, CONFIG, config).document["request"]["ProductionVariants"]
        variants = [
            Variant.of(entry, self._get(region, MODEL, entry["ModelName"]).document["request"])
            for entry in entries
        ]
        return Deployment(id, config, tuple(variants))

    def _get(self, region: str, kind: str, name: str) -> Resource:
        found = self._state.get(region, kind, name)
        if found is None:
            raise missing(_LABEL[kind], arn_of(region, kind, name))
        return found

    def _create(self, region: str, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        name = request[f"{_STEM[kind]}Name"]
        arn = arn_of(region, kind, name)
        if self._state.get(region, kind, name):
            raise validation_exception(f'Cannot create already existing {_LABEL[kind]} "{arn}".')
        kept = {key: value for key, value in request.items() if key != "Tags"}
        with self._state.transaction():
            document = {"request": kept, "created": time.time()}
            self._state.put(Resource(region, kind, name, document))
            self._state.add_tags(arn, request.get("Tags", ()))
        return {f"{_STEM[kind]}Arn": arn}

    def _describe(self, region: str, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        found = self._get(region, kind, request[f"{_STEM[kind]}Name"])
        return {**found.document["request"], **_summary(found)}

    def _list(self, region: str, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        summaries = [_summary(item) for item in self._state.find(kind, region)]
        found, token = page(summaries, request, f"{_STEM[kind]}Name")
        return {f"{_STEM[kind]}s": found, "NextToken": token}

    def _delete(self, region: str, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        found = self._get(region, kind, request[f"{_STEM[kind]}Name"])
        with self._state.transaction():
            self._state.delete(region, kind, found.name)
            self._state.delete_tags(arn_of(region, kind, found.name))
        return {}


def _summary(item: Resource) -> dict[str, Any]:
    stem = _STEM[item.kind]
    return {
        f"{stem}Name": item.name,
        f"{stem}Arn": arn_of(item.region, item.kind, item.name),
        "CreationTime": item.document["created"],
    }


def _refuse(problems: Iterator[str]) -> None:
    found = list(problems)
    if found:
        raise validation_exception("; ".join(found))


def _model_problems(request: Mapping[str, Any]) -> Iterator[str]:
    containers = [*request.get("Containers", ())]
    if "PrimaryContainer" in request:
        containers.append(request["PrimaryContainer"])
    if len(containers) != 1:
        yield f"One container is needed, in PrimaryContainer; found {len(containers)}"
    for container in containers:
        if "ModelDataUrl" not in container:
            yield "ModelDataUrl is needed: this host runs the model's archive, not its image"


def _config_problems(request: Mapping[str, Any]) -> Iterator[str]:
    for member in _UNSUPPORTED_CONFIG:
        if member in request:
            yield f"{member} is not supported by this local host"
    names = [item["VariantName"] for item in request["ProductionVariants"]]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"Duplicate variant name: {name}"
    for item in request["ProductionVariants"]:
        yield from _variant_problems(item)


def _variant_problems(item: Mapping[str, Any]) -> Iterator[str]:
    where = f"ProductionVariant {item['VariantName']}"
    for member in _UNSUPPORTED_VARIANT:
        if member in item:
            yield f"{where}: {member} is not supported by this local host"
    for member in ("ModelName", "InstanceType", "InitialInstanceCount"):
        if member not in item:
            yield f"{where}: {member} is needed"
