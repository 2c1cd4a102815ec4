"""The restricted Pod Security Standard, rule by rule.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator
from itertools import product

from tests.chart import Json, Object, at, objects_at

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_SELINUX_TYPES = {None, "", "container_t", "container_init_t", "container_kvm_t"}
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_ASKED = [
    *product(("livenessProbe", "readinessProbe", "startupProbe"), ("httpGet", "tcpSocket")),
    *product(("lifecycle",), ("postStart", "preStop"), ("httpGet", "tcpSocket")),
]
_SECCOMP = {"RuntimeDefault", "Localhost"}


def violations(pod: Object) -> list[str]:
    """What the standard forbids of a pod or its template, in its own words."""
    spec = pod["spec"]
    containers = [each for kind in _CONTAINERS for each in objects_at(spec, kind)]
    found = [*_of_pod(spec)]
    for container in containers:
        found += [f"{container['name']}: {said}" for said in _of_container(spec, container)]
    return found


def _of_pod(spec: Json) -> Iterator[str]:
    for shared in ("hostNetwork", "hostPID", "hostIPC"):
        if at(spec, shared):
            yield f"host namespaces: {shared}"
    for volume in objects_at(spec, "volumes"):
        for kind in volume.keys() - {"name"} - _VOLUMES:
            yield f"volume types: {kind}"
    if at(spec, "securityContext", "sysctls"):
        yield "sysctls"
    yield from _of_any(at(spec, "securityContext"))


def _of_any(context: Json) -> Iterator[str]:
    """What holds for a pod's and for a container's security context."""
    if at(context, "windowsOptions", "hostProcess"):
        yield "HostProcess"
    if at(context, "seLinuxOptions", "type") not in _SELINUX_TYPES:
        yield "SELinux: type"
    if at(context, "seLinuxOptions", "user") or at(context, "seLinuxOptions", "role"):
        yield "SELinux: user or role"
    if at(context, "appArmorProfile", "type") not in {None, *_SECCOMP}:
        yield "AppArmor"
    if at(context, "runAsUser") == 0:
        yield "running as non-root user"
    if at(context, "runAsNonRoot") is False:
        yield "running as non-root"
    if at(context, "seccompProfile", "type") not in {None, *_SECCOMP}:
        yield "seccomp"


def _of_container(spec: Json, container: Object) -> Iterator[str]:
    context = container.get("securityContext")
    yield from _of_any(context)
    allowed: dict[str, tuple[tuple[Json, ...], tuple[str, ...]]] = {
        "privileged containers": ((None, False), ("privileged",)),
        "/proc mount type": ((None, "Default"), ("procMount",)),
        "privilege escalation": ((False,), ("allowPrivilegeEscalation",)),
        "capabilities: drop": ((["ALL"],), ("capabilities", "drop")),
        "capabilities: add": ((None, [], ["NET_BIND_SERVICE"]), ("capabilities", "add")),
    }
    for said, (fine, path) in allowed.items():
        if at(context, *path) not in fine:
            yield said
    for path in (("runAsNonRoot",), ("seccompProfile", "type")):
        if not (at(context, *path) or at(spec, "securityContext", *path)):
            yield f"{path[0]} is not set"
    if any(port.get("hostPort") for port in objects_at(container, "ports")):
        yield "host ports"
    for asked in _ASKED:
        if at(container, *asked, "host"):
            yield f"host of {asked[-2]}"
