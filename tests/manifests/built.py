"""What the manifests come to, and what stands in other files about them."""

import base64
import copy
import functools
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
OVERLAYS = ("local", "production")


@functools.cache
def _objects(folder):
    built = subprocess.run(["kubectl", "kustomize", ROOT / "k8s" / folder], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return [item for item in yaml.safe_load_all(built.stdout) if item]


def objects(folder):
    """The objects of a folder with a kustomization, a copy for each caller, who may change them."""
    return copy.deepcopy(_objects(folder))


def overlay(name):
    return objects(f"overlays/{name}")


def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def secrets(keys):
    """What k8s/make-secrets makes of a folder of keys: texts by the names of a secret and a key."""
    made = subprocess.run([ROOT / "k8s/make-secrets", keys, "--local"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return {
        (item["metadata"]["name"], key): base64.b64decode(value).decode()
        for item in yaml.safe_load_all(made.stdout)
        for key, value in item["data"].items()
    }
