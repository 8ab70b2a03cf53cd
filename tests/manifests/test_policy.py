"""The policy holds for both overlays, and every rule of it finds what it is there for."""

import unittest

import built
import policy


def found(item_kind, name, objects):
    return next(one for one in objects if one["kind"] == item_kind and one["metadata"]["name"] == name)


def template(objects, kind="Deployment", name="export"):
    return found(kind, name, objects)["spec"]["template"]


def container(objects, kind="Deployment", name="export"):
    return template(objects, kind, name)["spec"]["containers"][0]


def without(kind, name):
    """Leaves an object out."""

    def change(objects):
        objects.remove(found(kind, name, objects))

    return change


def setting(reach, *path, value):
    """Sets something deep inside what `reach` gives."""

    def change(objects):
        target = reach(objects)
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = value

    return change


def dropping(reach, *path):
    """Takes something away from deep inside what `reach` gives."""

    def change(objects):
        target = reach(objects)
        for part in path[:-1]:
            target = target[part]
        del target[path[-1]]

    return change


def variable(name, value, of="export"):
    """Has a service be told something else."""

    def change(objects):
        variables = container(objects, name=of)["env"]
        variables[:] = [one for one in variables if one["name"] != name]
        variables.append({"name": name, "value": value})

    return change


def mapped(name, value):
    """Has all services be told something else."""

    def change(objects):
        common = next(one for one in objects if one["kind"] == "ConfigMap")
        common["data"][name] = value

    return change


def secret(objects):
    objects.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"key": "hunter2"}})


def redis(objects):
    return container(objects, "StatefulSet", "redis")


# What breaks production, by the rule that finds it.
BROKEN = {
    policy.nobody_is_root: [
        setting(template, "spec", "securityContext", "runAsNonRoot", value=False),
        setting(template, "spec", "securityContext", "runAsUser", value=0),
        setting(container, "securityContext", "runAsUser", value=0),
        dropping(template, "spec", "securityContext", "seccompProfile"),
        setting(lambda objects: template(objects, "Job", "migrate"), "spec", "securityContext", "runAsUser", value=0),
        setting(redis, "securityContext", "runAsNonRoot", value=False),
    ],
    policy.nobody_gains_privileges: [
        setting(container, "securityContext", "allowPrivilegeEscalation", value=True),
        dropping(container, "securityContext", "allowPrivilegeEscalation"),
        setting(container, "securityContext", "readOnlyRootFilesystem", value=False),
        setting(container, "securityContext", "privileged", value=True),
        setting(container, "securityContext", "capabilities", value={"drop": ["NET_RAW"]}),
        setting(container, "securityContext", "capabilities", value={"drop": ["ALL"], "add": ["NET_ADMIN"]}),
        setting(template, "spec", "hostNetwork", value=True),
        lambda objects: template(objects)["spec"]["volumes"].append({"name": "node", "hostPath": {"path": "/"}}),
    ],
    policy.nobody_speaks_to_kubernetes: [
        dropping(template, "spec", "automountServiceAccountToken"),
        setting(template, "spec", "serviceAccountName", value="ingestion"),
        without("ServiceAccount", "export"),
        dropping(lambda objects: found("ServiceAccount", "export", objects), "automountServiceAccountToken"),
    ],
    policy.resources_are_bounded: [
        dropping(container, "resources"),
        dropping(container, "resources", "limits", "memory"),
        dropping(redis, "resources", "requests", "cpu"),
    ],
    policy.copies_fit: [variable("ACUSE_COPIES_MIB", "2048", of="reporting")],
    policy.probes_are_there: [
        dropping(container, "startupProbe"),
        dropping(container, "livenessProbe"),
        dropping(redis, "readinessProbe"),
        # Then an outage of the database would restart every pod.
        dropping(container, "livenessProbe", "grpc", "service"),
        # Then it would get calls that it cannot do.
        setting(container, "readinessProbe", "grpc", "service", value="live"),
        setting(container, "readinessProbe", "grpc", "port", value=7001),
    ],
    policy.ending_takes_its_time: [
        dropping(container, "lifecycle"),
        dropping(template, "spec", "terminationGracePeriodSeconds"),
        mapped("ACUSE_DRAIN_SECONDS", "60"),
    ],
    policy.pods_are_spread: [dropping(template, "spec", "topologySpreadConstraints")],
    policy.services_find_their_pods: [
        setting(lambda objects: found("Service", "export", objects), "spec", "selector", value={"app": "export"}),
        setting(lambda objects: found("Service", "export", objects)["spec"]["ports"][0], "targetPort", value=7001),
        without("Service", "reporting-headless"),
        dropping(lambda objects: found("Service", "reporting-headless", objects), "spec", "clusterIP"),
    ],
    policy.every_pod_is_fenced: [
        without("NetworkPolicy", "default-deny"),
        setting(lambda objects: found("NetworkPolicy", "default-deny", objects), "spec", "policyTypes", value=["Ingress"]),
        setting(
            lambda objects: found("NetworkPolicy", "default-deny", objects),
            *("spec", "podSelector"),
            value={"matchLabels": {"app.kubernetes.io/name": "export"}},
        ),
        dropping(lambda objects: found("NetworkPolicy", "redis-from-export", objects)["spec"]["ingress"][0], "from"),
        dropping(lambda objects: found("NetworkPolicy", "export-to-s3", objects)["spec"]["egress"][0], "ports"),
    ],
    policy.paths_are_open: [
        without("NetworkPolicy", "to-database"),
        without("NetworkPolicy", "database-from-services"),
        without("NetworkPolicy", "export-to-redis"),
        without("NetworkPolicy", "redis-from-export"),
        without("NetworkPolicy", "message-state-from-ingestion"),
        without("NetworkPolicy", "export-to-reporting"),
        variable("ACUSE_REPORTING_ADDRESSES", "reports-headless:7003"),
        variable("ACUSE_REPORTING_ADDRESSES", "reporting-headless:7004"),
        # Whoever is not called any more is closed to the one who does not.
        variable("ACUSE_REDIS_URL", "redis://elsewhere.example:6379/0"),
    ],
    policy.metrics_are_scraped: [
        mapped("ACUSE_METRICS_LISTEN", "0.0.0.0:9090"),
        lambda objects: container(objects)["ports"].pop(),
        dropping(template, "metadata", "annotations"),
        without("NetworkPolicy", "metrics-from-prometheus"),
    ],
    policy.no_secret_is_written_down: [
        secret,
        variable("ACUSE_DOWNLOAD_SECRET", "hunter2hunter2hunter2hunter2hunter2"),
        variable("ACUSE_DATABASE_URL", "postgres://acuse:hunter2@acuse-db-rw/acuse"),
        mapped("ACUSE_PAGE_TOKEN_SECRET", "hunter2hunter2hunter2hunter2hunter2"),
    ],
    policy.images_are_pinned: [
        setting(container, "image", value="registry.example.com:5000/acuse/export"),
        setting(container, "image", value="acuse-export:latest"),
    ],
    policy.references_lead_somewhere: [
        lambda objects: template(objects)["spec"]["volumes"].pop(),
        lambda objects: container(objects)["envFrom"].append({"configMapRef": {"name": "acuse-other"}}),
        # Kubernetes would leave the text as it is, and the database be asked for a user of that name.
        lambda objects: container(objects, name="reporting")["env"].reverse(),
    ],
    policy.services_are_many: [
        without("PodDisruptionBudget", "export"),
        without("HorizontalPodAutoscaler", "export"),
        setting(lambda objects: found("HorizontalPodAutoscaler", "export", objects), "spec", "minReplicas", value=1),
        setting(lambda objects: found("Deployment", "export", objects), "spec", "replicas", value=3),
    ],
    policy.connections_are_enough: [
        setting(lambda objects: found("HorizontalPodAutoscaler", "export", objects), "spec", "maxReplicas", value=30),
        variable("ACUSE_DATABASE_CONNECTIONS", "40", of="message-state"),
        variable("ACUSE_COMMIT_LANES", "40", of="message-state"),
        without("Cluster", "acuse-db"),
    ],
    policy.database_is_checked: [
        variable("ACUSE_DATABASE_CA", ""),
        variable("ACUSE_DATABASE_CA", "/etc/acuse/database/other.crt"),
        variable("ACUSE_DATABASE_URL", "postgres://acuse-db-rw/acuse?sslmode=require"),
        dropping(lambda objects: container(objects, "Job", "migrate"), "volumeMounts"),
        # Not the authority's key as well, with which anybody could be certified.
        lambda objects: template(objects)["spec"]["volumes"][-1]["secret"]["items"].append(
            {"key": "ca.key", "path": "ca.key"}
        ),
    ],
}


class Policy(unittest.TestCase):
    def test_both_overlays_keep_to_it(self):
        for name in built.OVERLAYS:
            with self.subTest(overlay=name):
                self.assertEqual(policy.faults(built.overlay(name), production=name == "production"), [])

    def test_every_rule_finds_what_it_is_for(self):
        for rule, changes in BROKEN.items():
            for number, change in enumerate(changes):
                objects = built.overlay("production")
                change(objects)
                with self.subTest(rule=rule.__name__, change=number):
                    self.assertNotEqual(list(rule(policy.Overlay(objects))), [])

    def test_no_rule_is_left_out(self):
        self.assertEqual(set(BROKEN), set(policy.EVERYWHERE + policy.IN_PRODUCTION))


if __name__ == "__main__":
    unittest.main()
