import pytest

from penstock.localcloud.api.actions import Api
from penstock.localcloud.api.validation import problems, service_model, validate
from penstock.localcloud.fault import Fault

ENDPOINT = {"EndpointName": "intent", "EndpointConfigName": "intent-1"}


@pytest.mark.parametrize(
    ("action", "request_", "said"),
    [
        ("CreateEndpoint", {"EndpointName": "a"}, 'required parameter in input: "EndpointConfig'),
        ("CreateEndpoint", {**ENDPOINT, "Region": "x"}, 'Unknown parameter in input: "Region"'),
        ("CreateEndpoint", {**ENDPOINT, "EndpointName": 7}, "Invalid type for parameter Endpoint"),
        ("CreateEndpoint", {**ENDPOINT, "EndpointName": "-a"}, "'-a' at 'endpointName' failed"),
        ("CreateEndpoint", {**ENDPOINT, "EndpointName": "a\n"}, "regular expression pattern"),
        ("CreateEndpoint", {**ENDPOINT, "EndpointName": "a" * 64}, "less than or equal to 63"),
        ("CreateEndpoint", {**ENDPOINT, "Tags": [{"Key": "k"}]}, 'Tags[0]: "Value"'),
        (
            "CreateEndpoint",
            {**ENDPOINT, "Tags": [{"Key": "k" * 129, "Value": ""}]},
            "at 'tags.1.member.key' failed",
        ),
        (
            "CreateEndpoint",
            {**ENDPOINT, "Tags": [{"Key": str(n), "Value": ""} for n in range(51)]},
            "less than or equal to 50",
        ),
        ("ListEndpoints", {"MaxResults": 0}, "valid min value: 1"),
        ("ListEndpoints", {"MaxResults": 101}, "value less than or equal to 100"),
        ("ListEndpoints", {"SortOrder": "Sideways"}, "[Ascending, Descending]"),
        (
            "CreateModel",
            {"ModelName": "m", "PrimaryContainer": {"Environment": {"a-b": "x"}}},
            "at 'primaryContainer.environment.a-b' failed",
        ),
        ("CreateEndpoint", [], "Invalid type for parameter input"),
    ],
)
def test_one_problem(action, request_, said):
    found = list(problems(action, request_))
    assert len(found) == 1, found
    assert said in found[0]


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        ("CreateEndpoint", {**ENDPOINT, "Tags": []}),
        ("ListEndpoints", {}),
        ("ListEndpoints", {"CreationTimeAfter": 1.5}),
        ("CreateModel", {"ModelName": "m", "PrimaryContainer": {"Environment": {"A": "ü"}}}),
    ],
)
def test_no_problem(action, request_):
    validate(action, request_)


def test_every_problem_is_in_the_message():
    with pytest.raises(Fault) as caught:
        validate("CreateEndpoint", {"EndpointName": "a b", "Tags": "none"})
    assert caught.value.fault == "ValidationException"
    assert caught.value.message.startswith("3 validation errors detected: ")


def test_a_long_value_is_not_repeated_whole():
    message = next(problems("DescribeEndpoint", {"EndpointName": "x" * 10_000}))
    assert len(message) < 300


def test_every_supported_action_is_one_of_the_service():
    assert set(Api(None, None).actions) <= set(service_model().operation_names)
