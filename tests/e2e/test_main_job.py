"""The main job as a user does it, and what it must leave behind."""

import json
import tarfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from terminal import Terminal

from penstock.artifacts.manifest import write_manifest
from penstock.packaging.archive import write_archive


def host(terminal: Terminal) -> str:
    return str(terminal.json("local", "status")["url"])


def runtime(terminal: Terminal, region: str) -> Any:
    return boto3.client(
        "sagemaker-runtime",
        endpoint_url=host(terminal),
        region_name=region,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def invoke(client: Any, endpoint: str, body: bytes, content_type: str) -> dict[str, Any]:
    answer = client.invoke_endpoint(EndpointName=endpoint, Body=body, ContentType=content_type)
    return json.loads(answer["Body"].read())


def test_production_answers_in_both_regions_and_names_its_model(deployed: Terminal) -> None:
    for region in ("us-east-1", "us-west-2"):
        answer = invoke(
            runtime(deployed, region),
            "intent-production",
            json.dumps({"inputs": ["Please take me off your list.", "42"]}).encode(),
            "application/json",
        )
        assert len(answer["predictions"]) == 2
        model = answer["model"]
        assert model["name"] == "intent"
        assert model["version"] == "1"
        assert model["stage"] == "production"
        assert model["dataset"] == "dataset:replies@1"
        assert len(model["commit"]) == 40
        assert model["run_id"]
        assert model["digest"].startswith("sha256:")


def test_an_automatic_mail_is_not_scored_and_says_why(deployed: Terminal) -> None:
    mail = (
        b"From: anna@example.com\r\nSubject: Automatic reply: our call\r\n"
        b"Auto-Submitted: auto-replied\r\n\r\nI am out of the office until Monday.\r\n"
    )
    client = runtime(deployed, "us-east-1")
    answer = invoke(client, "intent-production", mail, "message/rfc822")["predictions"][0]
    assert answer["status"] == "not_scored"
    assert answer["label"] is None
    assert "auto" in answer["reason"].lower()


def test_the_same_text_comes_from_the_cache_the_second_time(deployed: Terminal) -> None:
    client = runtime(deployed, "us-east-1")
    body = f"Yes, let us talk on Tuesday at {time.time()}.".encode()
    first = invoke(client, "intent-production", body, "text/plain")["predictions"][0]
    second = invoke(client, "intent-production", body, "text/plain")["predictions"][0]
    assert first["status"] in ("scored", "suppressed")
    assert second["status"] in ("cached", "suppressed")
    assert second["scores"] == pytest.approx(first["scores"], abs=1e-6)


def test_provenance_leads_from_the_endpoint_to_the_data(deployed: Terminal) -> None:
    found = deployed.json("provenance", "intent-production")
    record = found["provenance"]
    assert found["regions"] == ["us-east-1", "us-west-2"]
    assert record["dataset"]["reference"] == "dataset:replies@1"
    assert record["dataset"]["digest"].startswith("sha256:")
    assert len(record["commit"]) == 40
    assert record["dirty"] is False
    assert [parent["form"] for parent in record["parents"]] == ["trained", "wrapped"]
    assert found["report"]["reference"] == "report:intent@1"
    assert 0 < found["report"]["accuracy"] <= 1
    assert any(wheel.startswith("reply_filters-") for wheel in found["wheels"])
    assert any(wheel.startswith("penstock-") for wheel in found["wheels"])


def test_the_wheels_are_those_of_a_light_runtime(deployed: Terminal) -> None:
    wheels = deployed.json("provenance", "intent-production")["wheels"]
    names = {wheel.partition("-")[0] for wheel in wheels}
    assert names >= {"numpy", "openvino", "penstock", "tokenizers"}
    assert not names & {"torch", "transformers", "mlflow", "scikit_learn", "pandas", "boto3"}


def test_mlflow_knows_what_is_live_and_where_it_came_from(deployed: Terminal) -> None:
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{deployed.folder / 'mlflow.db'}")
    live = client.get_model_version_by_alias("intent", "production")
    trained = client.get_model_version("intent-trained", live.tags["penstock.trained_version"])
    assert live.tags["penstock.classifier_digest"] == trained.tags["penstock.classifier_digest"]
    run = client.get_run(trained.run_id)
    assert run.inputs.dataset_inputs[0].dataset.name.endswith("replies")
    assert run.data.params["epochs"] == "1"


@contextmanager
def clients(terminal: Terminal, count: int) -> Iterator[list[Any]]:
    """Ask staging all the time; yield what went wrong, and every version that answered."""
    seen: list[Any] = []
    stop = threading.Event()
    client = runtime(terminal, "us-east-1")

    def ask() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            text = f"Could you tell me more about point {number}?"
            try:
                answer = invoke(client, "intent-staging", text.encode(), "text/plain")
                seen.append(answer["model"]["version"])
            except Exception as error:
                seen.append(error)
            time.sleep(0.01)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@contextmanager
def rewritten(terminal: Terminal, name: str, old: str, new: str) -> Iterator[None]:
    """Change a file of the project for a while."""
    file = terminal.folder / name
    original = file.read_text()
    assert old in original
    file.write_text(original.replace(old, new))
    try:
        yield
    finally:
        file.write_text(original)


def number(model: str) -> str:
    return model.rpartition("@")[2]


def test_a_changed_threshold_is_a_new_release_and_fails_no_request(deployed: Terminal) -> None:
    before = deployed.json("deploy", "staging")
    with (
        rewritten(deployed, "penstock.yaml", "threshold: 0.5", "threshold: 0.65"),
        clients(deployed, 3) as seen,
    ):
        after = deployed.json("deploy", "staging")
        time.sleep(0.5)
    failed = [entry for entry in seen if isinstance(entry, Exception)]
    assert not failed, failed[:3]
    assert after["model"] != before["model"]
    assert after["classifier_digest"] == before["classifier_digest"]
    versions = [entry for entry in seen if isinstance(entry, str)]
    assert {versions[0], versions[-1]} == {number(v["model"]) for v in (before, after)}


def test_production_takes_what_staging_serves_whatever_the_files_say_now(
    deployed: Terminal,
) -> None:
    with rewritten(deployed, "penstock.yaml", "threshold: 0.5", "threshold: 0.7"):
        staged = deployed.json("deploy", "staging")
    shipped = deployed.json("deploy", "production")
    assert (shipped["release"], shipped["digest"]) == (staged["release"], staged["digest"])
    back = deployed.json("deploy", "production", "--release", "1")
    assert back["release"] == "1"
    answer = deployed.json("score", "intent-production", "Call me.")
    assert answer["model"]["digest"] == back["digest"]
    deployed.json("deploy", "staging", "--release", "1")


def test_filters_of_its_own_give_a_target_a_release_of_its_own(deployed: Terminal) -> None:
    own = "wrap: {after: [{filter: suppress_below, threshold: 0.9}]}\nimage:"
    with rewritten(deployed, "deploy/production.yaml", "image:", own):
        done = deployed.json("deploy", "production", "--plan")
    assert done["release"] != "1"
    assert "production's own" in " ".join(done["notices"])


def test_an_archive_that_was_changed_is_not_deployed(deployed: Terminal, tmp_path: Path) -> None:
    """Its manifest fits what is in it, and is not the one that was registered."""
    (archive,) = (deployed.folder / ".penstock" / "archives").glob("intent-v1-*.tar.gz")
    original = archive.read_bytes()
    with tarfile.open(archive) as content:
        content.extractall(tmp_path, filter="data")
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace("0.5", "0.1"))
    write_manifest(tmp_path)
    try:
        write_archive(tmp_path, archive)
        done = deployed.run("penstock", "deploy", "staging", "--release", "1")
    finally:
        archive.write_bytes(original)
    assert done.returncode == 3, done.stderr
    assert "the release's is sha256:" in done.stderr


def test_two_deployments_at_once_are_one_release(deployed: Terminal) -> None:
    """The second is told of the first, or waits for it; neither registers anything twice."""
    with (
        rewritten(deployed, "penstock.yaml", "threshold: 0.5", "threshold: 0.55"),
        ThreadPoolExecutor(3) as pool,
    ):
        first = pool.submit(deployed.run, "penstock", "deploy", "staging", "--json")
        lock = deployed.folder / ".penstock" / "locks" / "deploy-staging.lock"
        before = lock.stat().st_mtime_ns
        while lock.stat().st_mtime_ns == before and not first.done():
            time.sleep(0.05)
        second = pool.submit(deployed.run, "penstock", "deploy", "staging")
        third = pool.submit(deployed.run, "penstock", "deploy", "staging", "--wait", "--json")
    assert first.result().returncode == third.result().returncode == 0, third.result().stderr
    assert second.result().returncode == 5
    assert "another deployment of 'staging' is under way, by " in second.result().stderr
    numbers = [json.loads(done.result().stdout)["release"] for done in (first, third)]
    assert numbers[0] == numbers[1]
    deployed.json("deploy", "staging", "--release", "1")


def test_two_releases_at_once_are_registered_once(deployed: Terminal) -> None:
    with (
        rewritten(deployed, "penstock.yaml", "threshold: 0.5", "threshold: 0.45"),
        ThreadPoolExecutor(2) as pool,
    ):
        found = [pool.submit(deployed.json, "release") for _ in range(2)]
    made = [done.result() for done in found]
    assert made[0]["release"] == made[1]["release"]
    assert sorted(done["created"] for done in made) == [False, True]


def test_the_same_files_deploy_as_the_same_version(deployed: Terminal) -> None:
    first, second = deployed.json("deploy", "staging"), deployed.json("deploy", "staging")
    assert first["model"] == second["model"]


def test_a_plan_changes_nothing(deployed: Terminal) -> None:
    before = deployed.json("local", "status")
    plan = deployed.json("deploy", "production", "--plan")
    assert plan["executed"] is False
    assert {step["region"] for step in plan["plan"]["steps"]} == {"us-east-1", "us-west-2"}
    assert deployed.json("local", "status") == before


def test_endpoints_come_back_with_the_host(deployed: Terminal) -> None:
    assert deployed.run("penstock", "local", "down").returncode == 0
    assert deployed.json("local", "status") is None
    deployed.json("local", "up", "--port", "0")
    client = boto3.client(
        "sagemaker",
        endpoint_url=host(deployed),
        region_name="us-west-2",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    waiter = client.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName="intent-production", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    answer = deployed.json("score", "intent-production", "Call me.", "--region", "us-west-2")
    assert answer["model"]["stage"] == "production"


def test_the_project_passes_its_own_tests(deployed: Terminal) -> None:
    done = deployed.run("pytest", "tests", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout


def test_the_packaged_model_is_an_mlflow_model(deployed: Terminal) -> None:
    """It brings its private filters along: nothing is installed for it here."""
    script = (
        "import mlflow; mlflow.set_tracking_uri('sqlite:///mlflow.db');"
        "model = mlflow.pyfunc.load_model('models:/intent@production');"
        "print(list(model.predict(['Please call me.', '42']).columns))"
    )
    done = deployed.run("python", "-c", script)
    assert done.returncode == 0, done.stderr
    assert "['label', 'score', 'status', 'reason']" in done.stdout


def test_a_packaged_model_has_the_files_that_the_architecture_page_lists(
    deployed: Terminal, tmp_path: Path
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
    block = page[page.index("```\nMLmodel") :].split("```")[1]
    copy = Path(deployed.json("consume", "model:intent@1", "--to", str(tmp_path / "copy"))["path"])
    for line in block.strip().splitlines():
        paths = line.partition("   ")[0].split()
        folder = Path(paths[0]).parent
        for path in paths:
            assert [*copy.glob(path), *copy.glob(str(folder / path))], path


def test_the_weights_load_with_plain_transformers(deployed: Terminal, tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification

    copy = deployed.json("consume", "model:intent-trained@1", "--to", str(tmp_path / "copy"))
    model = AutoModelForSequenceClassification.from_pretrained(Path(copy["path"]) / "classifier")
    assert model.config.num_labels >= 7
