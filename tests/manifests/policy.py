"""What every manifest must keep to, as functions that yield what is wrong with a built overlay."""

import re

from overlay import Overlay, called, containers, matches, mebibytes, plain_environment

SERVICES = ("ingestion", "message-state", "reporting", "export")

# Beyond preStop and draining: time for what is written at the very end.
MARGIN_SECONDS = 10

# What a service takes without copies of messages, in MiB, and what answers under way may take.
REPORTING_BESIDES_MIB = 256


def nobody_is_root(overlay):
    for item, template in overlay.workloads():
        pod = template["spec"].get("securityContext", {})
        for container in containers(template):
            own = {**pod, **container.get("securityContext", {})}
            where = f"{called(item)}, container {container['name']}"
            if own.get("runAsNonRoot") is not True:
                yield f"{where}: runAsNonRoot is not set"
            if not isinstance(own.get("runAsUser"), int) or own["runAsUser"] == 0:
                yield f"{where}: runAsUser is no number above 0"
            if own.get("seccompProfile", {}).get("type") != "RuntimeDefault":
                yield f"{where}: seccompProfile is not RuntimeDefault"


def nobody_gains_privileges(overlay):
    for item, template in overlay.workloads():
        for shared in ("hostNetwork", "hostPID", "hostIPC"):
            if template["spec"].get(shared):
                yield f"{called(item)}: {shared}"
        for volume in template["spec"].get("volumes", []):
            if "hostPath" in volume:
                yield f"{called(item)}: volume {volume['name']} is a path of the node"
        for container in containers(template):
            own = container.get("securityContext", {})
            where = f"{called(item)}, container {container['name']}"
            if own.get("allowPrivilegeEscalation") is not False:
                yield f"{where}: allowPrivilegeEscalation is not forbidden"
            if own.get("privileged"):
                yield f"{where}: privileged"
            if own.get("readOnlyRootFilesystem") is not True:
                yield f"{where}: its root file system can be written to"
            if own.get("capabilities", {}).get("drop") != ["ALL"] or own["capabilities"].get("add"):
                yield f"{where}: has capabilities"


def nobody_speaks_to_kubernetes(overlay):
    for item, template in overlay.workloads():
        spec = template["spec"]
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{called(item)}: has a token of Kubernetes"
        account = overlay.named("ServiceAccount", spec.get("serviceAccountName", "default"))
        if account is None or spec["serviceAccountName"] != item["metadata"]["name"]:
            yield f"{called(item)}: has no service account of its own"
        elif account.get("automountServiceAccountToken") is not False:
            yield f"{called(account)}: gives out tokens"


def resources_are_bounded(overlay):
    for item, template in overlay.workloads():
        for container in containers(template):
            for kind in ("requests", "limits"):
                for resource in ("cpu", "memory"):
                    if resource not in container.get("resources", {}).get(kind, {}):
                        yield f"{called(item)}, container {container['name']}: no {kind} of {resource}"


def copies_fit(overlay):
    reporting = overlay.named("Deployment", "reporting")
    for container in containers(reporting["spec"]["template"]) if reporting else []:
        copies = int(plain_environment(overlay, container).get("ACUSE_COPIES_MIB", 256))
        memory = mebibytes(container["resources"]["limits"]["memory"])
        if memory < copies * 3 // 2 + REPORTING_BESIDES_MIB:
            yield f"Deployment/reporting: {memory} MiB are too few for copies of {copies} MiB"


def probes_are_there(overlay):
    for item, template in overlay.workloads():
        if item["kind"] == "Job":
            continue
        for container in template["spec"]["containers"]:
            where = f"{called(item)}, container {container['name']}"
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if probe not in container:
                    yield f"{where}: no {probe}"
            if item["kind"] != "Deployment":
                continue
            ports = {port["containerPort"] for port in container.get("ports", [])}
            for probe, service in (("startupProbe", "live"), ("livenessProbe", "live"), ("readinessProbe", "")):
                asked = container.get(probe, {}).get("grpc", {})
                if asked.get("port") not in ports:
                    yield f"{where}: {probe} does not ask gRPC health on its port"
                elif asked.get("service", "") != service:
                    yield f"{where}: {probe} asks for {asked.get('service', '')!r} instead of {service!r}"


def ending_takes_its_time(overlay):
    for item in overlay.of("Deployment"):
        spec = item["spec"]["template"]["spec"]
        for container in spec["containers"]:
            drain = int(plain_environment(overlay, container).get("ACUSE_DRAIN_SECONDS", 20))
            asleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            needed = asleep + drain + MARGIN_SECONDS
            if asleep < 5:
                yield f"{called(item)}: ends before anybody knows that it goes"
            if spec.get("terminationGracePeriodSeconds", 30) < needed:
                yield f"{called(item)}: is killed after less than {needed} s"


def pods_are_spread(overlay):
    for item in overlay.of("Deployment"):
        spread = item["spec"]["template"]["spec"].get("topologySpreadConstraints", [])
        labels = item["spec"]["template"]["metadata"]["labels"]
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname"):
            if not any(one["topologyKey"] == key and matches(one["labelSelector"], labels) for one in spread):
                yield f"{called(item)}: is not spread over {key}"


def services_find_their_pods(overlay):
    templates = [template for _, template in overlay.workloads()]
    for service in overlay.of("Service"):
        selector = dict(service["spec"].get("selector", {}))
        # Kubernetes adds this one to the pods of a StatefulSet.
        selector.pop("statefulset.kubernetes.io/pod-name", None)
        found = [one for one in templates if selector and matches({"matchLabels": selector}, one["metadata"]["labels"])]
        if not found:
            yield f"{called(service)}: selects no pod"
            continue
        ports = [port for one in found for each in one["spec"]["containers"] for port in each.get("ports", [])]
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            if not any(target in (each.get("name"), each["containerPort"]) for each in ports):
                yield f"{called(service)}: no pod has the port {target}"
    for name in SERVICES:
        headless = overlay.named("Service", f"{name}-headless")
        if headless is None or headless["spec"].get("clusterIP") != "None":
            yield f"Service/{name}-headless: is no headless service"


def every_pod_is_fenced(overlay):
    policies = overlay.of("NetworkPolicy")
    closed = [
        one["spec"]["podSelector"]
        for one in policies
        if set(one["spec"].get("policyTypes", [])) == {"Ingress", "Egress"}
        and not one["spec"].get("ingress")
        and not one["spec"].get("egress")
    ]
    for item, template in overlay.workloads():
        if not any(matches(selector, template["metadata"]["labels"]) for selector in closed):
            yield f"{called(item)}: no policy denies what is not named"
    for one in policies:
        for direction in ("ingress", "egress"):
            for rule in one["spec"].get(direction) or []:
                if not rule.get("ports"):
                    yield f"{called(one)}: a rule for every port"
                if direction == "ingress" and not rule.get("from"):
                    yield f"{called(one)}: a rule for everybody"


def may_connect(overlay, source, target, port):
    """Whether pods with these labels let each other, out of the one and into the other."""

    def lets(direction, side, here, there):
        for policy in overlay.of("NetworkPolicy"):
            if not matches(policy["spec"]["podSelector"], here):
                continue
            for rule in policy["spec"].get(direction) or []:
                known = any(
                    "namespaceSelector" not in peer and matches(peer["podSelector"], there)
                    for peer in rule.get(side, [])
                    if "podSelector" in peer
                )
                if known and any(each["port"] == port for each in rule["ports"]):
                    return True
        return False

    return lets("egress", "to", source, target) and lets("ingress", "from", target, source)


def pods_of(overlay, host):
    """The labels of pods behind a service's name."""
    service = overlay.named("Service", host)
    if service is None:
        return []
    selector = dict(service["spec"]["selector"])
    selector.pop("statefulset.kubernetes.io/pod-name", None)
    templates = [template["metadata"]["labels"] for _, template in overlay.workloads()]
    return [labels for labels in templates if matches({"matchLabels": selector}, labels)]


def paths_are_open(overlay):
    """Whatever a service is told to call it may call; and everything else is closed to it."""
    database = {"app.kubernetes.io/component": "database"}
    for item, template in overlay.workloads():
        name, labels = item["metadata"]["name"], template["metadata"]["labels"]
        told = plain_environment(overlay, template["spec"]["containers"][0])
        called_by_it = set()
        for variable, value in told.items():
            address = re.fullmatch(r"(?:rediss?://)?([a-z-]+):(\d+)(?:/\d+)?", value)
            if not address or not variable.endswith(("_ADDRESSES", "_REDIS_URL")):
                continue
            host, port = address.group(1), int(address.group(2))
            targets = pods_of(overlay, host)
            if not targets:
                yield f"{called(item)}: {variable} names {host}, which is no service"
            for target in targets:
                called_by_it.add((target["app.kubernetes.io/name"], port))
                if not may_connect(overlay, labels, target, port):
                    yield f"{called(item)}: may not call {host}:{port}"
        of_acuse = name in SERVICES or name == "migrate"
        if of_acuse and not may_connect(overlay, labels, database, 5432):
            yield f"{called(item)}: may not call the database"
        for other, target in overlay.workloads():
            for port in [7001, 7002, 7003, 7004, 6379]:
                wanted = (target["metadata"]["labels"]["app.kubernetes.io/name"], port)
                is_own = wanted[0] == labels["app.kubernetes.io/name"]
                if wanted in called_by_it or is_own:
                    continue
                if may_connect(overlay, labels, target["metadata"]["labels"], port):
                    yield f"{called(item)}: may call {called(other)} at {port}, and never does"


def metrics_are_scraped(overlay):
    """Where a service tells its metrics there is a port of that name, open to Prometheus alone."""
    for item in overlay.of("Deployment"):
        template = item["spec"]["template"]
        [container] = template["spec"]["containers"]
        told = plain_environment(overlay, container).get("ACUSE_METRICS_LISTEN", ":0")
        port = int(told.rpartition(":")[2])
        if not any(one.get("name") == "metrics" and one["containerPort"] == port for one in container["ports"]):
            yield f"{called(item)}: has no port for the metrics that it tells at {told}"
        if template["metadata"].get("annotations", {}).get("prometheus.io/port") != str(port):
            yield f"{called(item)}: Prometheus is not told where its metrics are"
        sides = [
            side
            for policy in overlay.of("NetworkPolicy")
            if matches(policy["spec"]["podSelector"], template["metadata"]["labels"])
            for rule in policy["spec"].get("ingress") or []
            if any(each["port"] == port for each in rule["ports"])
            for side in rule["from"]
        ]
        if sides != [{"namespaceSelector": {"matchLabels": {"acuse-scraper": "allowed"}}}]:
            yield f"{called(item)}: its metrics are open to {sides}"


def no_secret_is_written_down(overlay):
    for item in overlay.of("Secret"):
        yield f"{called(item)}: secrets are made in the cluster, not kept here"
    telling = re.compile(r"(PASSWORD|SECRET|_KEYS?|TOKEN)(_|$)")
    for item, template in overlay.workloads():
        for container in containers(template):
            for name, value in plain_environment(overlay, container).items():
                is_path = value.startswith("/")
                if telling.search(name) and not is_path:
                    yield f"{called(item)}: {name} has its value in the manifest"
                if re.search(r"://[^/@]*:(?!\$\()[^/@]+@", value):
                    yield f"{called(item)}: {name} has a password in it"


def images_are_pinned(overlay):
    for item, template in overlay.workloads():
        for container in containers(template):
            name = container["image"].rsplit("/", 1)[-1]
            tag = name.partition("@")[0].partition(":")[2]
            if "@sha256:" not in name and (not tag or tag == "latest"):
                yield f"{called(item)}: {container['image']} is of no certain version"


def references_lead_somewhere(overlay):
    """Volumes, maps, and variables that others are made of."""
    maps = {item["metadata"]["name"] for item in overlay.of("ConfigMap")}
    claims = {item["metadata"]["name"] for item in overlay.of("PersistentVolumeClaim")}
    for item, template in overlay.workloads():
        volumes = {volume["name"] for volume in template["spec"].get("volumes", [])}
        volumes |= {claim["metadata"]["name"] for claim in item["spec"].get("volumeClaimTemplates", [])}
        for volume in template["spec"].get("volumes", []):
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim is not None and claim not in claims:
                yield f"{called(item)}: there is no claim {claim}"
        for container in containers(template):
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in volumes:
                    yield f"{called(item)}: there is no volume {mount['name']}"
            for source in container.get("envFrom", []):
                if source.get("configMapRef", {}).get("name") not in maps:
                    yield f"{called(item)}: there is no map {source}"
            known = set()
            for variable in container.get("env", []):
                for used in re.findall(r"\$\((\w+)\)", variable.get("value", "")):
                    if used not in known:
                        yield f"{called(item)}: {variable['name']} is made of {used}, which does not stand before it"
                known.add(variable["name"])


def services_are_many(overlay):
    """For production alone: each service has replicas, a budget and a scale."""
    for item in overlay.of("Deployment"):
        name, labels = item["metadata"]["name"], item["spec"]["template"]["metadata"]["labels"]
        budgets = [one for one in overlay.of("PodDisruptionBudget") if matches(one["spec"]["selector"], labels)]
        if len(budgets) != 1:
            yield f"{called(item)}: has {len(budgets)} disruption budgets"
        scales = [one for one in overlay.of("HorizontalPodAutoscaler") if one["spec"]["scaleTargetRef"]["name"] == name]
        if len(scales) != 1 or scales[0]["spec"]["minReplicas"] < 2:
            yield f"{called(item)}: is not scaled from two replicas on"
        if "replicas" in item["spec"]:
            yield f"{called(item)}: says its replicas, which the scale decides"


def connections_are_enough(overlay):
    """For production alone: Postgres takes the connections of as many replicas as there may be."""
    usual = {"ingestion": 10, "message-state": 12, "reporting": 8, "export": 8}
    cluster = next(iter(overlay.of("Cluster")), None)
    if cluster is None:
        yield "there is no database"
        return
    total = 0
    for scale in overlay.of("HorizontalPodAutoscaler"):
        name = scale["spec"]["scaleTargetRef"]["name"]
        container = overlay.named("Deployment", name)["spec"]["template"]["spec"]["containers"][0]
        environment = plain_environment(overlay, container)
        # Each lane has one, and more lanes than usual have more without being told so.
        lanes = int(environment.get("ACUSE_COMMIT_LANES", 2)) if name == "message-state" else 0
        told = environment.get("ACUSE_DATABASE_CONNECTIONS", max(usual[name], lanes + 5))
        # A rolling update adds a replica. Reporting's to the replica count as well: it may be the primary tomorrow, with them open.
        total += (scale["spec"]["maxReplicas"] + 1) * (int(told) + (2 if name == "reporting" else 0))
    room = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"]) - 20
    if total > room:
        yield f"services may open {total} connections, and Postgres takes {room}"


def database_is_checked(overlay):
    """For production alone: whoever is told of a database has the authority that it is certified by, and its URL does without none."""
    for item, template in overlay.workloads():
        for container in containers(template):
            names = [one["name"] for one in container.get("env", [])]
            if "ACUSE_DATABASE_URL" not in names:
                continue
            told = plain_environment(overlay, container)
            folder, _, file = told.get("ACUSE_DATABASE_CA", "").rpartition("/")
            mounted = [mount["name"] for mount in container.get("volumeMounts", []) if mount["mountPath"] == folder]
            volumes = [volume for volume in template["spec"].get("volumes", []) if volume["name"] in mounted]
            files = [one["path"] for volume in volumes for one in volume.get("secret", {}).get("items", [])]
            if files != [file]:
                yield f"{called(item)}: does not know the database's authority, and nothing beside it"
            for name, value in told.items():
                if name.endswith("DATABASE_URL") and "sslmode=" in value and "sslmode=verify-full" not in value:
                    yield f"{called(item)}: {name} does not have the database checked"


EVERYWHERE = (
    nobody_is_root,
    nobody_gains_privileges,
    nobody_speaks_to_kubernetes,
    resources_are_bounded,
    copies_fit,
    probes_are_there,
    ending_takes_its_time,
    pods_are_spread,
    services_find_their_pods,
    every_pod_is_fenced,
    paths_are_open,
    metrics_are_scraped,
    no_secret_is_written_down,
    images_are_pinned,
    references_lead_somewhere,
)

IN_PRODUCTION = (services_are_many, connections_are_enough, database_is_checked)


def faults(objects, production):
    """Everything that is wrong."""
    overlay = Overlay(objects)
    rules = EVERYWHERE + (IN_PRODUCTION if production else ())
    return [fault for rule in rules for fault in rule(overlay)]
