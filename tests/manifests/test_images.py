"""The Dockerfile, the compose file and the gateway speak of what there is."""

import pathlib
import re
import subprocess
import tomllib
import unittest

import built
import policy

DOCKERFILE = (built.ROOT / "Dockerfile").read_text()
PROGRAMS = {"acuse": "acuse", **{name: f"acuse-{name}" for name in policy.SERVICES}}


def packages():
    """The workspace's members by their names."""
    found = {}
    workspace = tomllib.loads((built.ROOT / "Cargo.toml").read_text())["workspace"]
    for pattern in workspace["members"]:
        for folder in built.ROOT.glob(pattern):
            if (folder / "Cargo.toml").exists():
                found[tomllib.loads((folder / "Cargo.toml").read_text())["package"]["name"]] = folder
    return found


def stages():
    """Each stage's instructions by its name, with those of the stages that it is from."""
    found, name = {}, None
    for line in re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines():
        if start := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            parent, name = start.groups()
            found[name] = list(found.get(parent, [f"FROM {parent}"]))
        elif name and line and not line.startswith("#"):
            found[name].append(line)
    return found


class Images(unittest.TestCase):
    def test_hadolint_has_nothing_to_say(self):
        linted = subprocess.run(["hadolint", built.ROOT / "Dockerfile"], capture_output=True, text=True)
        self.assertEqual((linted.returncode, linted.stdout), (0, ""))

    def test_all_that_is_built_is_there(self):
        build = stages()["build"]
        copied = [part for line in build if line.startswith("COPY") for part in line.split()[1:-1]]
        kept = [line[1:] for line in (built.ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
        self.assertEqual(sorted(copied), sorted(kept))
        for path in copied:
            self.assertTrue((built.ROOT / path).exists(), path)
        # Cargo reads every member's manifest, whatever it builds.
        for package, folder in packages().items():
            top = folder.relative_to(built.ROOT).parts[0]
            self.assertIn(top, copied, package)

    def test_every_program_is_one_of_the_workspace_and_has_its_image(self):
        [command] = [line for line in stages()["build"] if line.startswith("RUN")]
        named = set(re.findall(r"--package (\S+)", command))
        self.assertEqual(named, set(PROGRAMS.values()))
        for program in named:
            self.assertIn(program, packages())
        for stage, program in PROGRAMS.items():
            instructions = stages()[stage]
            self.assertIn(f"COPY --from=build /programs/{program} /usr/local/bin/{program}", instructions)
            self.assertEqual(instructions[-1], f'ENTRYPOINT ["/usr/local/bin/{program}"]')
            self.assertIn("USER 65532:65532", instructions)

    def test_rust_is_the_one_that_the_workspace_asks_for(self):
        workspace = tomllib.loads((built.ROOT / "Cargo.toml").read_text())["workspace"]
        version = workspace["package"]["rust-version"]
        self.assertTrue(stages()["build"][0].startswith(f"FROM rust:{version}-"), stages()["build"][0])

    def test_manifests_run_these_images_in_this_version(self):
        workspace = tomllib.loads((built.ROOT / "Cargo.toml").read_text())["workspace"]
        version = workspace["package"]["version"]
        overlay = policy.Overlay(built.objects("base"))
        for item, template in overlay.workloads():
            [container] = template["spec"]["containers"]
            target = "acuse" if item["kind"] == "Job" else item["metadata"]["name"]
            self.assertEqual(container["image"], f"{PROGRAMS[target]}:{version}")
            if item["kind"] == "Deployment":
                self.assertIn(f"EXPOSE {container['ports'][0]['containerPort']}", stages()[target])
        for name, service in built.compose()["services"].items():
            if "build" in service:
                target = service["build"]["target"]
                self.assertEqual(service["image"], f"{PROGRAMS[target]}:{version}", name)

    def test_the_laptop_starts_in_order(self):
        services = built.compose()["services"]
        for name in policy.SERVICES:
            self.assertEqual(services[name]["depends_on"], {"migrate": {"condition": "service_completed_successfully"}})
        self.assertEqual(services["migrate"]["depends_on"], {"postgres": {"condition": "service_healthy"}})
        self.assertIn("healthcheck", services["postgres"])
        for name, service in services.items():
            for variable, value in service.get("environment", {}).items():
                address = re.search(r"(?:^|@|//)([a-z-]+):(\d+)(?:/|$)", str(value))
                if address and address.group(1) != "localhost":
                    self.assertIn(address.group(1), services, f"{name}: {variable}")
            for port in service.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), f"{name} is open to the network")

    def test_the_gateway_knows_every_service(self):
        routed = {}
        for item in built.objects("gateway"):
            for rule in item["spec"]["rules"]:
                for match in rule["matches"]:
                    if "method" in match:
                        routed[match["method"]["service"]] = rule["backendRefs"]
        known = {}
        for path in (built.ROOT / "proto").rglob("*_service.proto"):
            text = path.read_text()
            package = re.search(r"^package ([\w.]+);", text, re.MULTILINE).group(1)
            for service in re.findall(r"^service (\w+)", text, re.MULTILINE):
                known[f"{package}.{service}"] = package.split(".")[1].replace("_", "-")
        del known["acuse.message_state.v1.MaintenanceService"]
        overlay = policy.Overlay(built.objects("base"))
        ports = {name: overlay.named("Service", name)["spec"]["ports"][0]["port"] for name in policy.SERVICES}
        self.assertEqual(routed, {name: [{"name": to, "port": ports[to]}] for name, to in known.items()})


if __name__ == "__main__":
    unittest.main()
