import concurrent.futures
import http.client
import os
import sqlite3
from datetime import UTC, datetime
from urllib.parse import urlsplit

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def s3(cloud):
    client = cloud.client("s3")
    client.create_bucket(Bucket="files")
    return client


def test_sts_names_the_account_of_the_arns(cloud):
    assert cloud.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_ecr_makes_a_repository(cloud):
    made = cloud.client("ecr").create_repository(repositoryName="penstock")["repository"]
    assert made["repositoryUri"].startswith("000000000000.dkr.ecr.us-east-1")


def test_cloudwatch_takes_metrics(cloud):
    watch = cloud.client("cloudwatch")
    watch.put_metric_data(
        Namespace="penstock", MetricData=[{"MetricName": "latency", "Value": 3.5}]
    )
    assert [item["MetricName"] for item in watch.list_metrics(Namespace="penstock")["Metrics"]] == [
        "latency"
    ]


def test_iam_makes_a_role(cloud):
    cloud.client("iam").create_role(RoleName="penstock", AssumeRolePolicyDocument="{}")
    assert cloud.client("iam").get_role(RoleName="penstock")["Role"]["RoleName"] == "penstock"


def test_twenty_megabytes_in_parts(s3, tmp_path):
    path = tmp_path / "big"
    path.write_bytes(os.urandom(20 * MEGABYTE))
    config = TransferConfig(multipart_threshold=5 * MEGABYTE, multipart_chunksize=5 * MEGABYTE)
    s3.upload_file(str(path), "files", "big", Config=config)
    assert s3.head_object(Bucket="files", Key="big")["ETag"].endswith('-4"')
    s3.download_file("files", "big", str(tmp_path / "back"), Config=config)
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


def test_copy_and_conditional_put(s3):
    s3.put_object(Bucket="files", Key="once", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="files", Key="once", Body=b"2", IfNoneMatch="*")
    s3.copy_object(Bucket="files", Key="copy", CopySource={"Bucket": "files", "Key": "once"})
    assert s3.get_object(Bucket="files", Key="copy")["Body"].read() == b"1"


def test_many_clients_at_once(cloud, s3):
    def round_trip(number):
        body = os.urandom(100_000)
        s3.put_object(Bucket="files", Key=f"many/{number}", Body=body)
        return s3.get_object(Bucket="files", Key=f"many/{number}")["Body"].read() == body

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        assert all(pool.map(round_trip, range(200)))
    assert len(s3.list_objects_v2(Bucket="files", Prefix="many/")["Contents"]) == 200


def test_an_unsigned_request_is_taken_for_s3(cloud, s3):
    s3.put_object(Bucket="files", Key="open", Body=b"all", ACL="public-read")
    anonymous = boto3.client(
        "s3", region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    assert anonymous.get_object(Bucket="files", Key="open")["Body"].read() == b"all"


def test_a_body_in_chunks_reaches_the_container(cloud):
    cloud.release("chunks")
    cloud.endpoint("chunks", "chunks")
    connection = http.client.HTTPConnection(urlsplit(cloud.host.url).netloc)
    day = datetime.now(UTC).strftime("%Y%m%d")
    scope = f"AWS4-HMAC-SHA256 Credential=AK/{day}/us-east-1/sagemaker/aws4_request, Signature=0"
    connection.request(
        "POST",
        "/endpoints/chunks/invocations",
        iter([b"abc", b"def"]),
        {"Authorization": scope, "Transfer-Encoding": "chunked"},
        encode_chunked=True,
    )
    answer = connection.getresponse()
    assert answer.status == 200
    assert b'"size": 6' in answer.read()


def test_nobody_resets_the_host_through_moto(cloud):
    connection = http.client.HTTPConnection(urlsplit(cloud.host.url).netloc)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 404


def test_a_bucket_with_a_host_of_its_own(cloud, s3):
    connection = http.client.HTTPConnection(urlsplit(cloud.host.url).netloc)
    connection.request("PUT", "/by/host", b"x", {"Host": "files.localhost"})
    assert connection.getresponse().status == 200
    assert s3.get_object(Bucket="files", Key="by/host")["Body"].read() == b"x"
    assert ("files", "by/host") in _mirrored(cloud)


def test_what_is_uploaded_by_a_form_is_mirrored(cloud, s3):
    parts = {"key": "form/file", "file": "content"}
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    connection = http.client.HTTPConnection(urlsplit(cloud.host.url).netloc)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    connection.request("POST", "/files", f"{body}--b--\r\n", headers)
    assert connection.getresponse().status in (200, 204)
    assert ("files", "form/file") in _mirrored(cloud)


def test_a_bucket_that_is_deleted_is_gone_from_disk(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="short-lived")
    s3.put_object(Bucket="short-lived", Key="k", Body=b"x")
    assert ("short-lived", "k") in _mirrored(cloud)
    s3.delete_object(Bucket="short-lived", Key="k")
    s3.delete_bucket(Bucket="short-lived")
    assert not [bucket for bucket, _ in _mirrored(cloud) if bucket == "short-lived"]


def _mirrored(cloud):
    with sqlite3.connect(cloud.state / "state.db") as db:
        return set(db.execute("SELECT bucket, key FROM objects"))
