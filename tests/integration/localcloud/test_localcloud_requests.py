import pytest
from botocore.exceptions import ClientError
from clouds import REGION, ROLE

ARN = f"arn:aws:sagemaker:{REGION}:000000000000"
CONTAINER = {"ModelDataUrl": "s3://models/m.tar.gz"}


def variant(**changes):
    given = {
        "VariantName": "main",
        "ModelName": "known",
        "InstanceType": "ml.c5.large",
        "InitialInstanceCount": 1,
        **changes,
    }
    return {key: value for key, value in given.items() if value is not None}


@pytest.fixture(scope="module")
def sagemaker(cloud):
    """boto3 with its own checks off, so that the host's are what answers."""
    cloud.client("sagemaker").create_model(
        ModelName="known", ExecutionRoleArn=ROLE, PrimaryContainer=CONTAINER
    )
    return cloud.client("sagemaker", parameter_validation=False)


WRONG = [
    ("create_model", {}, "Missing required parameter in input"),
    ("create_model", {"ModelName": "a_b", "PrimaryContainer": CONTAINER}, "'a_b' at 'modelName'"),
    (
        "create_model",
        {"ModelName": "m" * 64, "PrimaryContainer": CONTAINER},
        "less than or equal to 63",
    ),
    ("create_model", {"ModelName": "m", "PrimaryContainer": {}}, "ModelDataUrl is needed"),
    ("create_model", {"ModelName": "m"}, "One container is needed"),
    (
        "create_model",
        {"ModelName": "m", "PrimaryContainer": CONTAINER, "ExecutionRoleArn": "role-of-mine-alone"},
        "executionRoleArn",
    ),
    (
        "create_model",
        {"ModelName": "known", "PrimaryContainer": CONTAINER},
        f'Cannot create already existing model "{ARN}:model/known".',
    ),
    ("describe_model", {"ModelName": "no"}, f'Could not find model "{ARN}:model/no".'),
    (
        "create_endpoint_config",
        {"EndpointConfigName": "c", "ProductionVariants": []},
        "ProductionVariants",
    ),
    (
        "create_endpoint_config",
        {"EndpointConfigName": "c", "ProductionVariants": [variant(ModelName="no")]},
        f'Could not find model "{ARN}:model/no".',
    ),
    (
        "create_endpoint_config",
        {"EndpointConfigName": "c", "ProductionVariants": [variant(InstanceType="ml.none")]},
        "enum value set",
    ),
    (
        "create_endpoint_config",
        {"EndpointConfigName": "c", "ProductionVariants": [variant(InitialInstanceCount=0)]},
        "InitialInstanceCount",
    ),
    (
        "create_endpoint_config",
        {"EndpointConfigName": "c", "ProductionVariants": [variant(), variant()]},
        "Duplicate variant name: main",
    ),
    (
        "create_endpoint_config",
        {"EndpointConfigName": "c", "ProductionVariants": [variant(InitialInstanceCount=None)]},
        "InitialInstanceCount is needed",
    ),
    (
        "create_endpoint_config",
        {
            "EndpointConfigName": "c",
            "ProductionVariants": [variant()],
            "ShadowProductionVariants": [variant(VariantName="shadow")],
        },
        "ShadowProductionVariants is not supported",
    ),
    (
        "create_endpoint",
        {"EndpointName": "e", "EndpointConfigName": "no"},
        f'Could not find endpoint configuration "{ARN}:endpoint-config/no".',
    ),
    ("describe_endpoint", {"EndpointName": "no"}, f'Could not find endpoint "{ARN}:endpoint/no".'),
    (
        "update_endpoint",
        {"EndpointName": "no", "EndpointConfigName": "no"},
        f'Could not find endpoint "{ARN}:endpoint/no".',
    ),
    ("delete_endpoint", {"EndpointName": "no"}, f'Could not find endpoint "{ARN}:endpoint/no".'),
    ("list_endpoints", {"MaxResults": 101}, "less than or equal to 100"),
    ("list_endpoints", {"StatusEquals": "Sleeping"}, "enum value set"),
    ("list_models", {"NextToken": "?"}, "is not a token"),
    ("list_tags", {"ResourceArn": f"{ARN}:endpoint/no"}, "Could not find resource"),
]


@pytest.mark.parametrize(("action", "request_", "message"), WRONG)
def test_a_wrong_request(sagemaker, action, request_, message):
    with pytest.raises(ClientError) as caught:
        getattr(sagemaker, action)(**request_)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert message in error["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_all_problems_come_in_one_answer(sagemaker):
    with pytest.raises(ClientError) as caught:
        sagemaker.create_endpoint(EndpointName="a b")
    message = caught.value.response["Error"]["Message"]
    assert "2 validation errors" in message
    assert "EndpointConfigName" in message
    assert "'a b' at 'endpointName'" in message


def test_an_unknown_action_names_the_known_ones(sagemaker):
    with pytest.raises(ClientError, match="CreateTrainingJob is not supported") as caught:
        sagemaker.create_training_job(TrainingJobName="t")
    error = caught.value.response["Error"]
    assert error["Code"] == "UnknownOperationException"
    assert "CreateEndpointConfig" in error["Message"]


def test_a_rollout_that_the_host_cannot_do_is_refused(cloud, sagemaker):
    cloud.config("rollout", ("main", "known", 1, 1.0))
    sagemaker.create_endpoint(EndpointName="rollout", EndpointConfigName="rollout")
    cloud.settled("rollout")
    canary = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "CANARY", "WaitIntervalInSeconds": 60}
        }
    }
    with pytest.raises(ClientError, match=r"CANARY is not supported|Cannot update failed"):
        sagemaker.update_endpoint(
            EndpointName="rollout", EndpointConfigName="rollout", DeploymentConfig=canary
        )
    with pytest.raises(ClientError, match="CANARY is not supported"):
        sagemaker.create_endpoint(
            EndpointName="rollout-2", EndpointConfigName="rollout", DeploymentConfig=canary
        )


def test_an_endpoint_that_is_not_there_is_not_invoked(cloud):
    with pytest.raises(ClientError) as caught:
        cloud.invoke("nowhere")
    assert caught.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": "Endpoint nowhere of account 000000000000 not found.",
    }


def test_a_body_over_six_mebibytes_is_refused(cloud):
    with pytest.raises(ClientError, match="less than or equal to 6291456"):
        cloud.invoke("nowhere", b"x" * 6_291_457)


def test_describe_gives_back_what_was_created(cloud, sagemaker):
    found = sagemaker.describe_model(ModelName="known")
    assert found["PrimaryContainer"] == CONTAINER
    assert found["ExecutionRoleArn"] == ROLE
    assert found["ModelArn"] == f"{ARN}:model/known"
    assert found["CreationTime"].tzinfo is not None
    sagemaker.create_endpoint_config(EndpointConfigName="described", ProductionVariants=[variant()])
    config = sagemaker.describe_endpoint_config(EndpointConfigName="described")
    assert config["ProductionVariants"] == [variant(InitialVariantWeight=1.0)]


def test_tags_are_added_listed_and_deleted(cloud, sagemaker):
    sagemaker.create_model(
        ModelName="tagged", PrimaryContainer=CONTAINER, Tags=[{"Key": "a", "Value": "1"}]
    )
    arn = f"{ARN}:model/tagged"
    sagemaker.add_tags(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]
    )
    assert _tags(sagemaker, arn) == {"a": "2", "b": "3"}
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a", "unknown"])
    assert _tags(sagemaker, arn) == {"b": "3"}
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    with pytest.raises(ClientError, match="51 tags"):
        sagemaker.add_tags(ResourceArn=arn, Tags=many)
    sagemaker.delete_model(ModelName="tagged")
    sagemaker.create_model(ModelName="tagged", PrimaryContainer=CONTAINER)
    assert _tags(sagemaker, arn) == {}


def _tags(sagemaker, arn):
    return {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def test_lists_come_in_pages(cloud, sagemaker):
    for number in range(12):
        sagemaker.create_model(ModelName=f"page-{number:02}", PrimaryContainer=CONTAINER)
    pages = sagemaker.get_paginator("list_models").paginate(
        NameContains="page", SortBy="Name", SortOrder="Ascending", MaxResults=5
    )
    names = [[item["ModelName"] for item in page["Models"]] for page in pages]
    assert [len(page) for page in names] == [5, 5, 2]
    assert [name for page in names for name in page] == [
        f"page-{number:02}" for number in range(12)
    ]


def test_a_config_may_go_while_its_endpoint_serves(cloud):
    cloud.release("used")
    cloud.endpoint("used", "used")
    sagemaker = cloud.client("sagemaker")
    sagemaker.delete_endpoint_config(EndpointConfigName="used")
    sagemaker.delete_model(ModelName="used")
    assert cloud.invoke("used")["version"] == "used"
    assert cloud.describe("used")["EndpointConfigName"] == "used"
