"""Every manifest against the schemas of Kubernetes, offline and strictly: a field that does not exist is a fault."""

import copy
import json
import pathlib
import unittest

import jsonschema
import kubernetes_validate

import built

SCHEMAS = pathlib.Path(__file__).parent / "schemas"

# The oldest version that the manifests are for (preStop sleeps by itself since then), and the newest one that is known.
VERSIONS = ("1.30", "1.37")

FOLDERS = ("base", "policies", "overlays/local", "overlays/production", "gateway")


def own_schema(item):
    """Our schema of a kind that Kubernetes does not define; None of one that it does."""
    group, _, version = item["apiVersion"].rpartition("/")
    path = SCHEMAS / f"{group}_{version}_{item['kind'].lower()}.json"
    return json.loads(path.read_text()) if path.exists() else None


def check(item, version):
    schema = own_schema(item)
    if schema is not None:
        jsonschema.Draft202012Validator(schema).validate(item)
    else:
        kubernetes_validate.validate(item, version, strict=True)


FAULTS = (jsonschema.ValidationError, kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError)


class Schemas(unittest.TestCase):
    def test_everything_is_what_kubernetes_knows(self):
        checked = 0
        for folder in FOLDERS:
            for item in built.objects(folder):
                for version in VERSIONS:
                    with self.subTest(folder=folder, kind=item["kind"], name=item["metadata"]["name"], version=version):
                        check(item, version)
                        checked += 1
        self.assertGreater(checked, 150)

    def test_what_is_wrong_is_found(self):
        """In every object of production: a field too many at the top and in its spec, and a kind that nobody knows."""
        for item in built.overlay("production"):
            for place in ((), ("spec",)):
                broken = copy.deepcopy(item)
                target = broken
                for part in place:
                    target = target.get(part)
                if target is None:
                    continue
                target["replicaz"] = 2
                with self.subTest(kind=item["kind"], name=item["metadata"]["name"], place=place):
                    self.assertRaises(FAULTS, check, broken, VERSIONS[-1])
            unknown = {**item, "kind": f"{item['kind']}z"}
            self.assertRaises(FAULTS, check, unknown, VERSIONS[-1])

    def test_every_schema_of_ours_is_needed(self):
        used = set()
        for folder in FOLDERS:
            for item in built.objects(folder):
                group, _, version = item["apiVersion"].rpartition("/")
                used.add(f"{group}_{version}_{item['kind'].lower()}.json")
        for path in SCHEMAS.glob("*.json"):
            self.assertIn(path.name, used)


if __name__ == "__main__":
    unittest.main()
