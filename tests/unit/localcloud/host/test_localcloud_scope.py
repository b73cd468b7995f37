import pytest

from penstock.localcloud.host.scope import Scope, read_scope

SIGNED = "AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host, Signature=0"
PRESIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Signature=0"


@pytest.mark.parametrize(
    ("credential", "scope"),
    [
        ("AK/20300101/eu-west-1/sagemaker/aws4_request", Scope("eu-west-1", "sagemaker")),
        ("AK/20300101/us-east-1/S3/aws4_request", Scope("us-east-1", "s3")),
        ("A/K/20300101/us-east-1/sts/aws4_request", Scope("us-east-1", "sts")),
        ("AK/20300101/us-east-1/s3/aws2_request", None),
        ("AK/20300101//s3/aws4_request", None),
        ("AK", None),
    ],
)
def test_the_scope_of_a_credential(credential, scope):
    assert read_scope({"HTTP_AUTHORIZATION": SIGNED.format(credential)}) == scope
    query = PRESIGNED.format(credential.replace("/", "%2F"))
    assert read_scope({"QUERY_STRING": query}) == scope


@pytest.mark.parametrize("header", ["", "AWS AK:signature", "Basic YTpi"])
def test_what_is_not_signed_with_sigv4_has_no_scope(header):
    assert read_scope({"HTTP_AUTHORIZATION": header, "QUERY_STRING": "list-type=2"}) is None
