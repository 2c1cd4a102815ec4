"""The restricted Pod Security Standard, rule by rule.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator

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
    if at(context, "privileged"):
        yield "privileged containers"
    if at(context, "procMount") not in {None, "Default"}:
        yield "/proc mount type"
    if at(context, "allowPrivilegeEscalation") is not False:
        yield "privilege escalation"
    if at(context, "capabilities", "drop") != ["ALL"]:
        yield "capabilities: drop"
    if at(context, "capabilities", "add") not in (None, [], ["NET_BIND_SERVICE"]):
        yield "capabilities: add"
    for needed in (("runAsNonRoot",), ("seccompProfile", "type")):
        if not (at(context, *needed) or at(spec, "securityContext", *needed)):
            yield f"{needed[0]} is not set"
    if any(port.get("hostPort") for port in objects_at(container, "ports")):
        yield "host ports"
    for hook in ("livenessProbe", "readinessProbe", "startupProbe"):
        for how in ("httpGet", "tcpSocket"):
            if at(container, hook, how, "host"):
                yield "host probes"
    for hook in ("postStart", "preStop"):
        if at(container, "lifecycle", hook, "httpGet", "host"):
            yield "host lifecycle hooks"
