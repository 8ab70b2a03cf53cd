"""A built overlay, and what its objects say."""

import re


class Overlay:
    """The objects of a built overlay, found by kind and name."""

    def __init__(self, objects):
        self.objects = objects

    def of(self, kind):
        return [item for item in self.objects if item["kind"] == kind]

    def named(self, kind, name):
        return next((item for item in self.of(kind) if item["metadata"]["name"] == name), None)

    def workloads(self):
        """Whatever makes pods, with the template that it makes them of."""
        for item in self.objects:
            if item["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
                yield item, item["spec"]["template"]
            elif item["kind"] == "CronJob":
                yield item, item["spec"]["jobTemplate"]["spec"]["template"]

    def map_of(self, name):
        found = self.named("ConfigMap", name)
        return {} if found is None else found.get("data", {})


def called(item):
    return f"{item['kind']}/{item['metadata']['name']}"


def containers(template):
    spec = template["spec"]
    return spec.get("initContainers", []) + spec["containers"]


def plain_environment(overlay, container):
    """The variables of a container whose values the manifests hold."""
    values = {}
    for source in container.get("envFrom", []):
        values.update(overlay.map_of(source.get("configMapRef", {}).get("name", "")))
    values.update({one["name"]: one["value"] for one in container.get("env", []) if "value" in one})
    return values


def mebibytes(quantity):
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()
    return int(number) * (1024 if unit == "Gi" else 1)


def matches(selector, labels):
    """Whether a label selector selects these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for rule in selector.get("matchExpressions", []):
        value, operator = labels.get(rule["key"]), rule["operator"]
        if operator == "In" and value not in rule["values"]:
            return False
        if operator == "NotIn" and value in rule["values"]:
            return False
        if operator == "Exists" and value is None:
            return False
        if operator == "DoesNotExist" and value is not None:
            return False
    return True
