"""Save a transformers classifier as an MLflow model: `mlflow_model.py CLASSIFIER FOLDER`."""

import sys

import mlflow
from transformers import pipeline

mlflow.transformers.save_model(
    pipeline("text-classification", sys.argv[1]),
    sys.argv[2],
    task="text-classification",
    pip_requirements=["mlflow", "torch", "transformers"],
)
