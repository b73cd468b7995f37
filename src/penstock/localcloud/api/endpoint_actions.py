"""The API's actions on endpoints."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from penstock.localcloud.api.catalog import Catalog
from penstock.localcloud.api.listing import page
from penstock.localcloud.fault import missing, validation_exception
from penstock.localcloud.hosting.endpoints import KIND, Endpoints, Key
from penstock.localcloud.hosting.variant import Deployment, Variant
from penstock.localcloud.names import arn_of
from penstock.localcloud.state import State

__all__ = ["EndpointActions"]


class EndpointActions:
    """Each action is ``(region, request) -> response``."""

    def __init__(self, state: State, catalog: Catalog, endpoints: Endpoints) -> None:
        self._state = state
        self._catalog = catalog
        self._endpoints = endpoints

    def create_endpoint(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateEndpoint: answers at once, works in the background."""
        name = request["EndpointName"]
        arn = arn_of(region, KIND, name)
        if self._endpoints.document((region, name)):
            raise validation_exception(f'Cannot create already existing endpoint "{arn}".')
        _check_rollout(request)
        deployment = self._resolve(region, request["EndpointConfigName"])
        self._state.add_tags(arn, request.get("Tags", ()))
        self._endpoints.create((region, name), deployment)
        return {"EndpointArn": arn}

    def update_endpoint(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint: the old deployment serves until the new one answers."""
        key = (region, request["EndpointName"])
        document = self._changeable(key)
        _check_rollout(request)
        deployment = self._resolve(region, request["EndpointConfigName"])
        if request.get("RetainAllVariantProperties"):
            left_out = {
                item["VariantPropertyType"]
                for item in request.get("ExcludeRetainedVariantProperties", ())
            }
            before = Deployment.from_dict(document["deployment"])
            deployment = _retain(deployment, before, left_out)
        self._endpoints.update(key, deployment)
        return {"EndpointArn": arn_of(*_arn_parts(key))}

    def update_endpoint_weights_and_capacities(
        self, region: str, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities."""
        key = (region, request["EndpointName"])
        before = Deployment.from_dict(self._changeable(key)["deployment"])
        after = _desired(before, request["DesiredWeightsAndCapacities"])
        if [item.instances for item in after.variants] == [
            item.instances for item in before.variants
        ]:
            self._endpoints.reweight(key, after)
        else:
            self._endpoints.update(key, dataclasses.replace(after, id=uuid.uuid4().hex))
        return {"EndpointArn": arn_of(*_arn_parts(key))}

    def delete_endpoint(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteEndpoint: drains and ends the processes in the background."""
        key = (region, request["EndpointName"])
        if self._document(key)["status"] != "Deleting":
            self._endpoints.delete(key)
        return {}

    def describe_endpoint(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeEndpoint."""
        key = (region, request["EndpointName"])
        document = self._document(key)
        found = _summary(key, document)
        found["EndpointConfigName"] = (document.get("deployment") or document["pending"])["config"]
        if document["status"] == "Failed":
            found["FailureReason"] = document.get("failure")
        elif document.get("deployment"):
            found["ProductionVariants"] = self._variants(key, document)
            found["PendingDeploymentSummary"] = _pending(document)
        return found

    def list_endpoints(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListEndpoints."""
        items = self._state.find(KIND, region)
        summaries = [_summary((region, item.name), item.document) for item in items]
        found, token = page(summaries, request, "EndpointName")
        return {"Endpoints": found, "NextToken": token}

    def _resolve(self, region: str, config: str) -> Deployment:
        return self._catalog.deployment(region, config, uuid.uuid4().hex)

    def _document(self, key: Key) -> dict[str, Any]:
        document = self._endpoints.document(key)
        if document is None:
            raise missing("endpoint", arn_of(*_arn_parts(key)))
        return document

    def _changeable(self, key: Key) -> dict[str, Any]:
        document = self._document(key)
        arn, status = arn_of(*_arn_parts(key)), document["status"]
        if status == "Failed":
            raise validation_exception(f'Cannot update failed endpoint "{arn}"; delete it.')
        if status != "InService":
            raise validation_exception(f'Cannot update in-progress endpoint "{arn}".')
        return document

    def _variants(self, key: Key, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        fleet = self._endpoints.fleet(key)
        return [
            {
                "VariantName": variant.name,
                "DeployedImages": [{"SpecifiedImage": variant.image}] if variant.image else [],
                "CurrentWeight": variant.weight,
                "DesiredWeight": variant.weight,
                # Counted now, so that an instance that died shows.
                "CurrentInstanceCount": fleet.ready_count(variant.name) if fleet else 0,
                "DesiredInstanceCount": variant.instances,
            }
            for variant in Deployment.from_dict(document["deployment"]).variants
        ]


def _arn_parts(key: Key) -> tuple[str, str, str]:
    return key[0], KIND, key[1]


def _summary(key: Key, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "EndpointName": key[1],
        "EndpointArn": arn_of(*_arn_parts(key)),
        "EndpointStatus": document["status"],
        "CreationTime": document["created"],
        "LastModifiedTime": document["modified"],
    }


def _pending(document: Mapping[str, Any]) -> dict[str, Any] | None:
    if not document.get("pending"):
        return None
    return {
        "EndpointConfigName": document["pending"]["config"],
        "StartTime": document["modified"],
    }


def _check_rollout(request: Mapping[str, Any]) -> None:
    """All at once is what this host does; to take another policy would be a false promise."""
    found = list(_rollout_problems(request.get("DeploymentConfig", {})))
    if found:
        raise validation_exception(
            f"{'; '.join(found)}: this local host switches all traffic at once"
        )


def _rollout_problems(config: Mapping[str, Any]) -> Iterator[str]:
    for member in ("RollingUpdatePolicy", "AutoRollbackConfiguration"):
        if config.get(member):
            yield f"DeploymentConfig.{member} is not supported"
    routing = config.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    if routing.get("Type", "ALL_AT_ONCE") != "ALL_AT_ONCE":
        yield f"TrafficRoutingConfiguration.Type {routing['Type']} is not supported"


def _retain(new: Deployment, old: Deployment, left_out: set[str]) -> Deployment:
    """Keep weights and counts of variants that both deployments have."""
    kept: dict[str, dict[str, Any]] = {}
    for variant in old.variants:
        values = kept.setdefault(variant.name, {})
        if "DesiredWeight" not in left_out:
            values["weight"] = variant.weight
        if "DesiredInstanceCount" not in left_out:
            values["instances"] = variant.instances
    variants = [dataclasses.replace(item, **kept.get(item.name, {})) for item in new.variants]
    return dataclasses.replace(new, variants=tuple(variants))


def _desired(before: Deployment, wanted: list[Mapping[str, Any]]) -> Deployment:
    changes = {item["VariantName"]: item for item in wanted}
    unknown = sorted(set(changes) - {variant.name for variant in before.variants})
    if unknown:
        raise validation_exception(f"The endpoint has no variant {', '.join(unknown)}")
    variants = [_changed(variant, changes.get(variant.name, {})) for variant in before.variants]
    return dataclasses.replace(before, variants=tuple(variants))


def _changed(variant: Variant, wanted: Mapping[str, Any]) -> Variant:
    return dataclasses.replace(
        variant,
        weight=wanted.get("DesiredWeight", variant.weight),
        instances=wanted.get("DesiredInstanceCount", variant.instances),
    )
