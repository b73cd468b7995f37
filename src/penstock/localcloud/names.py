"""ARNs, as SageMaker writes them."""

from __future__ import annotations

__all__ = ["ACCOUNT", "arn_of"]

ACCOUNT = "000000000000"


def arn_of(region: str, kind: str, name: str) -> str:
    """Return a resource's ARN.

    >>> arn_of("us-west-2", "endpoint", "intent")
    'arn:aws:sagemaker:us-west-2:000000000000:endpoint/intent'
    """
    # The service lowers the name in an ARN and keeps it elsewhere.
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{kind}/{name.lower()}"
