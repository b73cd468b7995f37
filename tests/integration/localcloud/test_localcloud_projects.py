"""Two projects on one machine, each with a host of its own."""

import os
from pathlib import Path

import pytest
from clouds import REGION, Cloud

from penstock.localcloud.host import daemon
from penstock.stages.cloud import connector
from penstock.stages.project import Project

HERE = Path(__file__).parent
TARGET = f"""
schema: 1
endpoint: words-staging
regions: [{REGION}]
bucket: words-models
role: arn:aws:iam::000000000000:role/penstock
image: penstock/scoring:1
"""


def project_in(folder: Path, cloud: str = "local") -> Project:
    (folder / "deploy").mkdir(parents=True)
    (folder / "penstock.yaml").write_text("schema: 1\nname: words\ndataset: words-texts\n")
    (folder / "deploy" / "staging.yaml").write_text(f"{TARGET}cloud: {cloud}\n")
    return Project.load(folder)


@pytest.fixture
def projects(tmp_path, monkeypatch):
    """Two projects whose hosts are up; the shell still names the first one's."""
    monkeypatch.setenv("PYTHONPATH", str(HERE), prepend=os.pathsep)
    one, other = project_in(tmp_path / "one"), project_in(tmp_path / "other")
    clouds = [Cloud(project.state / "local") for project in (one, other)]
    try:
        for cloud in clouds:
            cloud.up()
        monkeypatch.setenv("AWS_ENDPOINT_URL", clouds[0].host.url)
        yield (one, clouds[0]), (other, clouds[1])
    finally:
        for cloud in clouds:
            daemon.down(cloud.state)


def buckets(cloud, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", cloud.host.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "local")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        return [item["Name"] for item in cloud.client("s3").list_buckets()["Buckets"]]


def test_a_project_deploys_to_its_own_host_whatever_the_shell_names(projects, monkeypatch):
    (one, one_cloud), (other, other_cloud) = projects
    told = []
    connector(other, "staging", told.append)(REGION).ensure_bucket("words-models")
    assert buckets(one_cloud, monkeypatch) == []
    assert buckets(other_cloud, monkeypatch) == ["words-models"]
    (text,) = told
    assert one_cloud.host.url in text
    assert other_cloud.host.url in text

    connector(one, "staging", told.append)(REGION)
    assert told == [text], "nothing to say where the shell names the project's own host"


def test_a_target_on_aws_says_what_stands_in_for_it(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://me:secret@127.0.0.1:7001")
    told = []
    connect = connector(project_in(tmp_path / "one", cloud="aws"), "staging", told.append)
    connect(REGION)
    connect("us-west-2")
    (text,) = told
    assert "cloud: aws" in text
    assert "http://***@127.0.0.1:7001" in text
