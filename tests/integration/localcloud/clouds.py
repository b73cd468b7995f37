"""A host under test, and helpers that speak to it through unmodified boto3."""

import io
import json
import tarfile
import time

import boto3
from botocore.config import Config

from penstock.localcloud.host import daemon

ROLE = "arn:aws:iam::000000000000:role/penstock"
REGION = "us-east-1"


def archive(behaviour):
    """A model.tar.gz for `serving_program`."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        content = json.dumps(behaviour).encode()
        member = tarfile.TarInfo("behaviour.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return file.getvalue()


class Cloud:
    """A host and unmodified boto3 clients that find it through AWS_ENDPOINT_URL alone."""

    def __init__(self, state):
        self.state = state

    def up(self, port=0, **options):
        options.setdefault("runtime", "serving_runtime:make")
        self.host = daemon.up(self.state, port, **options)
        return self.host

    def client(self, service, region=REGION, **config):
        config = Config(retries={"max_attempts": 0}, max_pool_connections=50, **config)
        return boto3.client(service, region_name=region, config=config)

    def model(self, name, behaviour=None, region=REGION, raw=None, **container):
        s3 = self.client("s3", region)
        location = {"LocationConstraint": region}
        options = {} if region == REGION else {"CreateBucketConfiguration": location}
        bucket = f"models-{region}"
        if bucket not in {item["Name"] for item in s3.list_buckets()["Buckets"]}:
            s3.create_bucket(Bucket=bucket, **options)
        body = raw or archive({"version": name, **(behaviour or {})})
        s3.put_object(Bucket=bucket, Key=f"{name}/model.tar.gz", Body=body)
        self.client("sagemaker", region).create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            PrimaryContainer={
                "Image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/penstock:1",
                "ModelDataUrl": f"s3://{bucket}/{name}/model.tar.gz",
                **container,
            },
        )

    def config(self, name, *variants, region=REGION):
        """Each variant: (name, model, instances, weight)."""
        self.client("sagemaker", region).create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": variant,
                    "ModelName": model,
                    "InstanceType": "ml.c5.large",
                    "InitialInstanceCount": instances,
                    "InitialVariantWeight": weight,
                }
                for variant, model, instances, weight in variants
            ],
        )

    def release(self, name, behaviour=None, instances=1, region=REGION, **more):
        """A model and a config of the same name."""
        self.model(name, behaviour, region, **more)
        self.config(name, ("main", name, instances, 1.0), region=region)

    def endpoint(self, name, config, region=REGION):
        sagemaker = self.client("sagemaker", region)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        self.wait(name, region)

    def wait(self, name, region=REGION):
        waiter = self.client("sagemaker", region).get_waiter("endpoint_in_service")
        waiter.wait(EndpointName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    def describe(self, name, region=REGION):
        return self.client("sagemaker", region).describe_endpoint(EndpointName=name)

    def settled(self, name, region=REGION):
        """Describe an endpoint once it is neither creating nor updating."""
        return eventually(
            lambda: self.describe(name, region),
            lambda found: not found["EndpointStatus"].endswith(("ing",)),
        )

    def invoke(self, name, body=b"{}", region=REGION, **options):
        answer = self.client("sagemaker-runtime", region).invoke_endpoint(
            EndpointName=name, Body=body, **options
        )
        return json.loads(answer["Body"].read())

    def instances(self, name):
        host = daemon.status(self.state)
        return next(item.instances for item in host.endpoints if item.name == name)


def eventually(look, good, seconds=60):
    deadline = time.monotonic() + seconds
    while not good(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found
