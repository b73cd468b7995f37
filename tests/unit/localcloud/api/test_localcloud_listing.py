import pytest

from penstock.localcloud.api.listing import page
from penstock.localcloud.fault import Fault

ITEMS = [
    {
        "EndpointName": name,
        "EndpointStatus": status,
        "CreationTime": float(moment),
        "LastModifiedTime": float(moment),
    }
    for moment, (name, status) in enumerate(
        [("intent", "InService"), ("tone", "Failed"), ("intent-b", "InService")]
    )
]


def names(**request):
    found, _ = page(ITEMS, request, "EndpointName")
    return [item["EndpointName"] for item in found]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, ["intent-b", "tone", "intent"]),
        ({"SortOrder": "Ascending"}, ["intent", "tone", "intent-b"]),
        ({"SortBy": "Name", "SortOrder": "Ascending"}, ["intent", "intent-b", "tone"]),
        ({"SortBy": "Status", "SortOrder": "Ascending"}, ["tone", "intent", "intent-b"]),
        ({"NameContains": "INTENT"}, ["intent-b", "intent"]),
        ({"StatusEquals": "Failed"}, ["tone"]),
        ({"CreationTimeAfter": 0, "CreationTimeBefore": 2}, ["tone"]),
        ({"LastModifiedTimeAfter": "1970-01-01T00:00:01Z"}, ["intent-b"]),
        ({"MaxResults": 1}, ["intent-b"]),
    ],
)
def test_filters_and_order(request_, expected):
    assert names(**request_) == expected


def test_pages_meet_without_gap_or_overlap():
    seen, token = [], None
    while True:
        request = {"MaxResults": 2, **({"NextToken": token} if token else {})}
        found, token = page(ITEMS, request, "EndpointName")
        seen += [item["EndpointName"] for item in found]
        if token is None:
            break
    assert seen == ["intent-b", "tone", "intent"]


@pytest.mark.parametrize("token", ["?", "AAAA", "bm90IGEgbnVtYmVy"])
def test_a_token_from_elsewhere(token):
    with pytest.raises(Fault, match="is not a token"):
        page(ITEMS, {"NextToken": token}, "EndpointName")
