"""A plan is data: regions in order, names that carry version and digest."""

import json
from pathlib import Path

from penstock.config import DeployConfig
from penstock.deployment.executor import execute
from penstock.deployment.plan import Release, make_plan

CONFIG = DeployConfig(
    schema=1,
    endpoint="intent-production",
    regions=["us-east-1", "us-west-2"],
    bucket="intent-models",
    role="arn:aws:iam::000000000000:role/penstock",
    image="penstock/scoring:1",
)
RELEASE = Release(
    name="intent",
    version="7",
    digest="sha256:" + "ab" * 32,
    archive=Path("model.tar.gz"),
    archive_digest="sha256:" + "cd" * 32,
    commit="c0ffee",
)
ACTIONS = [
    "ensure_bucket",
    "upload",
    "create_model",
    "create_endpoint_config",
    "create_or_update_endpoint",
    "wait_in_service",
    "smoke_test",
]


def test_each_region_is_finished_before_the_next_begins() -> None:
    plan = make_plan("production", CONFIG, RELEASE)
    assert [(s.region, s.action) for s in plan.steps] == [
        (region, action) for region in CONFIG.regions for action in ACTIONS
    ]


def test_names_carry_version_and_digest() -> None:
    steps = {s.action: s for s in make_plan("production", CONFIG, RELEASE).steps}
    assert steps["create_model"].arguments["name"] == "intent-production-v7-abababab"
    assert "cd" * 32 in str(steps["upload"].arguments["key"])
    assert steps["create_model"].arguments["environment"] == {
        "PENSTOCK_MODEL_NAME": "intent",
        "PENSTOCK_MODEL_VERSION": "7",
        "PENSTOCK_MODEL_DIGEST": RELEASE.digest,
        "PENSTOCK_STAGE": "production",
    }


def test_tags_name_what_is_known_and_leave_out_what_is_not() -> None:
    steps = {s.action: s for s in make_plan("production", CONFIG, RELEASE).steps}
    tags = steps["create_model"].arguments["tags"]
    assert tags["penstock:commit"] == "c0ffee"
    assert "penstock:run" not in tags


def test_a_plan_is_json() -> None:
    plan = make_plan("production", CONFIG, RELEASE)
    assert json.loads(json.dumps(plan.to_dict())) == plan.to_dict()


class Recorder:
    """Takes every action of a region, as the facade does."""

    def __init__(self, region: str, calls: list[tuple[str, str]], fail_at: str | None) -> None:
        self.region, self.calls, self.fail_at = region, calls, fail_at

    def __getattr__(self, action: str):
        def call(**arguments: object) -> None:
            if (self.region, action) == ("us-east-1", self.fail_at):
                raise RuntimeError(action)
            self.calls.append((self.region, action))

        return call


def test_a_failed_step_leaves_later_regions_alone() -> None:
    calls: list[tuple[str, str]] = []
    plan = make_plan("production", CONFIG, RELEASE)
    try:
        execute(plan, lambda region: Recorder(region, calls, "wait_in_service"))  # type: ignore[arg-type, return-value]
    except RuntimeError as error:
        assert str(error) == "wait_in_service"
    assert {region for region, _ in calls} == {"us-east-1"}
    assert len(calls) == ACTIONS.index("wait_in_service")
