"""What containers are told is what their programs know: each service is started with it, and gets as far as what is not there.

A service refuses to start over a setting that it does not know, lacks or cannot use, where settings come from a file. So
everything that a manifest sets becomes such a file, with keys and secrets as the documented commands make them."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import built
import policy

BIN = pathlib.Path(os.environ["ACUSE_BIN"])

# Nothing listens there and nothing lies there, so that a service whose settings are right ends at once all the same, without
# having listened anywhere. Reporting starts without its database.
NO_DATABASE = "postgres://acuse:none@127.0.0.1:1/acuse"
NO_KEY_SET = "/nowhere/jwks.json"
STARTED = "the database cannot be used|the key set cannot be read"

# Made by the operator of the database and by who owns the bucket.
MADE_ELSEWHERE = {
    ("acuse-db-app", "uri"): "postgresql://acuse:none@acuse-db-rw.acuse:5432/acuse",
    ("acuse-db-app", "username"): "acuse",
    ("acuse-db-app", "password"): "none",
    ("acuse-db-ca", "ca.crt"): (built.ROOT / "libs/rpc/tests/stack/testdata/ca.pem").read_text(),
    ("acuse-s3", "access-key-id"): "AKIA",
    ("acuse-s3", "secret-access-key"): "a secret of somebody else's",
}


def environment(overlay, container, secrets):
    """What the container's process finds in its environment."""
    told = {}
    for source in container.get("envFrom", []):
        told.update(overlay.map_of(source["configMapRef"]["name"]))
    for one in container.get("env", []):
        if "value" in one:
            told[one["name"]] = re.sub(r"\$\((\w+)\)", lambda used: told[used.group(1)], one["value"])
        elif "secretKeyRef" in one["valueFrom"]:
            reference = one["valueFrom"]["secretKeyRef"]
            told[one["name"]] = secrets[(reference["name"], reference["key"])]
    return told


def mounted(template, container, secrets, folder):
    """Writes the files that are mounted, below a folder. A file that no secret has is left out, as a pod would not start."""
    volumes = {volume["name"]: volume for volume in template["spec"].get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        place = folder / mount["mountPath"].lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        secret = volumes[mount["name"]].get("secret", {})
        for item in secret.get("items", []):
            (place / item["path"]).write_text(secrets[(secret["secretName"], item["key"])])


def start(service, told, folder):
    """What a service says that is told this, with absolute paths below a folder."""
    settings = {name: value for name, value in told.items() if name.startswith("ACUSE_")}
    settings = {
        name: str(folder / value.lstrip("/")) if value.startswith("/") else value for name, value in settings.items()
    }
    for name in settings:
        if name.endswith("DATABASE_URL"):
            assert re.match(r"postgres(ql)?://acuse:\w+@[a-z.-]+:5432/acuse$", settings[name]), settings[name]
            settings[name] = NO_DATABASE
    assert json.loads(pathlib.Path(settings["ACUSE_JWKS"]).read_text())["keys"]
    settings["ACUSE_JWKS"] = NO_KEY_SET
    if "ACUSE_METRICS_LISTEN" in settings:
        assert re.match(r"0\.0\.0\.0:\d+$", settings["ACUSE_METRICS_LISTEN"])
        settings["ACUSE_METRICS_LISTEN"] = "127.0.0.1:0"
    # In TOML and in JSON a text is written alike.
    lines = [f"{name.removeprefix('ACUSE_').lower()} = {json.dumps(value)}\n" for name, value in settings.items()]
    path = folder / f"{service}.toml"
    path.write_text("".join(lines))
    surroundings = {"PATH": os.environ["PATH"], "ACUSE_CONFIG": str(path)}
    ended = subprocess.run([BIN / f"acuse-{service}"], env=surroundings, capture_output=True, text=True, timeout=30)
    assert ended.returncode != 0
    return ended.stderr


class Configuration(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name)
        keys = self.folder / "keys"
        self.acuse("keys", keys, "--service", "ingestion", "--service", "export", "--secrets")
        self.secrets = {**built.secrets(keys), **MADE_ELSEWHERE}

    def acuse(self, *words):
        subprocess.run([BIN / "acuse", *words], check=True, capture_output=True)

    def is_understood(self, service, said):
        self.assertNotIn("configuration has", said)
        self.assertRegex(said, STARTED)

    def test_every_pod_is_told_what_its_service_knows(self):
        for name in built.OVERLAYS:
            overlay = policy.Overlay(built.overlay(name))
            for service in policy.SERVICES:
                with self.subTest(overlay=name, service=service):
                    self.is_understood(service, self.said(overlay, service, {}))

    def said(self, overlay, service, changes):
        template = overlay.named("Deployment", service)["spec"]["template"]
        [container] = template["spec"]["containers"]
        told = environment(overlay, container, self.secrets) | changes
        if not changes:
            self.assertEqual(told["ACUSE_LISTEN"], f"0.0.0.0:{container['ports'][0]['containerPort']}")
        mounted(template, container, self.secrets, self.folder)
        return start(service, {name: value for name, value in told.items() if value is not None}, self.folder)

    def test_what_is_wrong_is_found(self):
        overlay = policy.Overlay(built.overlay("production"))
        for service, name, value in [
            ("ingestion", "ACUSE_SECRETS_KEYS", None),
            ("ingestion", "ACUSE_SECRETS_KEYS", "k1:short"),
            ("message-state", "ACUSE_LISTEN", "7002"),
            ("message-state", "ACUSE_NO_SUCH_THING", "true"),
            ("message-state", "ACUSE_DOWNLOAD_SECRET", "x" * 32),
            ("reporting", "ACUSE_COPIES_MIB", "1Gi"),
            ("reporting", "ACUSE_ALLOW_PLAINTEXT", None),
            ("export", "ACUSE_REPORTING_ADDRESSES", "reporting-headless"),
            ("export", "ACUSE_EXPORT_S3_BUCKET", None),
            ("export", "ACUSE_SERVICE_KEY", "/etc/acuse/service/other.pem"),
            ("export", "ACUSE_OTLP_ENDPOINT", "collector:4317"),
        ]:
            with self.subTest(service=service, name=name, value=value):
                said = self.said(overlay, service, {name: value})
                self.assertRegex(said, "configuration has")

    def test_whatever_is_referred_to_is_made(self):
        """Secrets by the script, or by whom the manifests name."""
        for name in built.OVERLAYS:
            for item, template in policy.Overlay(built.overlay(name)).workloads():
                for container in policy.containers(template):
                    for one in container.get("env", []):
                        reference = one.get("valueFrom", {}).get("secretKeyRef")
                        if reference:
                            self.assertIn((reference["name"], reference["key"]), self.secrets, policy.called(item))

    def test_every_container_of_the_laptop_is_told_what_its_service_knows_and_nothing_else(self):
        """A service refuses what it does not know, so that another's secret is found as well."""
        services = built.compose()["services"]
        for service in policy.SERVICES:
            with self.subTest(service=service):
                told = dict(services[service]["environment"])
                self.assertTrue(services[service]["env_file"])
                for source in services[service]["env_file"]:
                    lines = self.of_the_laptop(source["path"]).read_text().splitlines()
                    told.update(line.split("=", 1) for line in lines)
                self.is_understood(service, start(service, told, self.folder))

    def test_every_container_of_the_laptop_has_the_keys_that_it_reads_and_no_others(self):
        services = built.compose()["services"]
        for service in (*policy.SERVICES, "acuse"):
            with self.subTest(service=service):
                named = {value for value in services[service]["environment"].values() if value.startswith("/keys/")}
                mounts = services[service]["volumes"]
                keys = {mount["target"]: mount for mount in mounts if mount["source"].startswith("./.acuse/keys")}
                self.assertEqual(set(keys), named)
                for target, mount in keys.items():
                    self.assertTrue(self.of_the_laptop(mount["source"]).is_file())
                    self.assertEqual(mount["source"], f"./.acuse{target}")
                    self.assertTrue(mount["read_only"])
                    self.assertIs(mount["bind"]["create_host_path"], False)

    def of_the_laptop(self, path):
        """A file of the folder that the laptop's keys are made in."""
        return self.folder / path.removeprefix("./").removeprefix(".acuse/")

    def test_migrations_know_their_database(self):
        for name in built.OVERLAYS:
            job = policy.Overlay(built.overlay(name)).named("Job", "migrate")
            template = job["spec"]["template"]
            [container] = template["spec"]["containers"]
            told = environment(policy.Overlay([]), container, self.secrets)
            self.assertIn("ACUSE_DATABASE_URL", told)
            self.assertLessEqual(set(told), {"ACUSE_DATABASE_URL", "ACUSE_DATABASE_CA"})
            mounted(template, container, self.secrets, self.folder)
            files = {name: str(self.folder / value[1:]) for name, value in told.items() if value.startswith("/")}
            ended = subprocess.run(
                [BIN / "acuse", *container["args"]],
                env={"ACUSE_DATABASE_URL": NO_DATABASE, **files},
                capture_output=True,
                text=True,
            )
            self.assertIn("check host, port and name in --database-url", ended.stderr)


if __name__ == "__main__":
    unittest.main()
