"""The SageMaker API: one table from action to function."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from penstock.localcloud.api.catalog import Catalog
from penstock.localcloud.api.endpoint_actions import EndpointActions
from penstock.localcloud.api.tags import Tags
from penstock.localcloud.api.validation import validate
from penstock.localcloud.fault import Fault
from penstock.localcloud.hosting.endpoints import Endpoints
from penstock.localcloud.state import State

__all__ = ["Api"]

Action = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class Api:
    """Answers JSON 1.1 requests for every region.

    Parameters
    ----------
    state : the host's memory.
    endpoints : the live endpoints.
    """

    def __init__(self, state: State, endpoints: Endpoints) -> None:
        catalog, tags = Catalog(state), Tags(state)
        live = EndpointActions(state, catalog, endpoints)
        # One at a time: a check and the write that follows it belong together.
        self._lock = threading.Lock()
        self.actions: dict[str, Action] = {
            "AddTags": tags.add_tags,
            "CreateEndpoint": live.create_endpoint,
            "CreateEndpointConfig": catalog.create_endpoint_config,
            "CreateModel": catalog.create_model,
            "DeleteEndpoint": live.delete_endpoint,
            "DeleteEndpointConfig": catalog.delete_endpoint_config,
            "DeleteModel": catalog.delete_model,
            "DeleteTags": tags.delete_tags,
            "DescribeEndpoint": live.describe_endpoint,
            "DescribeEndpointConfig": catalog.describe_endpoint_config,
            "DescribeModel": catalog.describe_model,
            "ListEndpointConfigs": catalog.list_endpoint_configs,
            "ListEndpoints": live.list_endpoints,
            "ListModels": catalog.list_models,
            "ListTags": tags.list_tags,
            "UpdateEndpoint": live.update_endpoint,
            "UpdateEndpointWeightsAndCapacities": live.update_endpoint_weights_and_capacities,
        }

    def call(self, region: str, action: str, body: bytes) -> dict[str, Any]:
        """Run an action.

        Raises
        ------
        Fault : the action is unknown, the request is wrong, or the service says no.
        """
        function = self.actions.get(action)
        if function is None:
            raise Fault(
                "UnknownOperationException",
                f"{action or 'No action'} is not supported by this local host; "
                f"supported: {', '.join(sorted(self.actions))}",
            )
        request = _decode(body)
        validate(action, request)
        with self._lock:
            response = function(region, request)
        return {key: value for key, value in response.items() if value is not None}


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        raise Fault("SerializationException", f"The body is not JSON: {error}") from error
