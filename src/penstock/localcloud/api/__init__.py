"""The SageMaker API: actions, their validation, lists."""
