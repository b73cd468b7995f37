"""The project's YAML files, validated: ``penstock.yaml`` and ``deploy/<target>.yaml``."""

from penstock.config.candidates import (
    CANDIDATES,
    Candidate,
    FasttextCandidate,
    FlairCandidate,
    SklearnCandidate,
    TfidfSvmCandidate,
    TransformerCandidate,
)
from penstock.config.loading import load_deploy, load_file, load_project
from penstock.config.project import ProjectConfig, TestConfig
from penstock.config.section import NAME, EngineName, Section
from penstock.config.target import DeployConfig, InstanceConfig
from penstock.config.train import TrainConfig
from penstock.config.wrap import WrapConfig

__all__ = [
    "CANDIDATES",
    "NAME",
    "Candidate",
    "DeployConfig",
    "EngineName",
    "FasttextCandidate",
    "FlairCandidate",
    "InstanceConfig",
    "ProjectConfig",
    "Section",
    "SklearnCandidate",
    "TestConfig",
    "TfidfSvmCandidate",
    "TrainConfig",
    "TransformerCandidate",
    "WrapConfig",
    "load_deploy",
    "load_file",
    "load_project",
]
