"""Watches the files of credentials, so that a new key counts at once and a lost one is told."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from exporter.azure.auth.secret import Credential
from exporter.azure.client import Client
from exporter.telemetry.logs import logger

WATCH_SECONDS = 2.0  # between two looks at the files of a resource


class CredentialWatch:
    """One task for each credential that has files: one that hangs delays no other.

    Args:
        wake: called with a resource that refused its key and has a new one.
    """

    def __init__(self, clients: Mapping[str, Client], wake: Callable[[str], None]) -> None:
        self._clients = clients
        self._wake = wake
        self._group: asyncio.TaskGroup | None = None
        self._running: dict[int, tuple[Credential, asyncio.Task[None]]] = {}  # by identity

    def start(self, group: asyncio.TaskGroup) -> None:
        """Watch from now on, in tasks of this group."""
        self._group = group
        self.arrange()

    def arrange(self) -> None:
        """Watch the credentials of the clients as they are now."""
        if self._group is None:
            return
        credentials = {
            id(client.credential): client.credential for client in self._clients.values()
        }
        for number in self._running.keys() - credentials.keys():
            self._running.pop(number)[1].cancel()
        for number, credential in credentials.items():
            if credential.files and number not in self._running:
                task = self._group.create_task(self._watch(credential))
                self._running[number] = credential, task

    async def _watch(self, credential: Credential) -> None:
        told = ""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            may_be_accepted = await credential.watch()
            users = [name for name, used in self._clients.items() if used.credential is credential]
            for resource in users if may_be_accepted else ():
                self._try_again(resource)
            if credential.fault != told and users:
                told = credential.fault
                _log(users, told)

    def _try_again(self, resource: str) -> None:
        breaker = self._clients[resource].breaker
        if breaker.refusing:
            logger().info("the key changed; the resource is polled again", resource=resource)
            breaker.half_open()
            self._wake(resource)


def _log(resources: Sequence[str], fault: str) -> None:
    """One line, whatever the number of resources that share the credential."""
    log = logger().bind(resource=resources[0])
    if len(resources) > 1:
        log = log.bind(further_resources=len(resources) - 1)
    if fault:
        log.warning(
            "file of a credential cannot be used; its previous content stays in use", reason=fault
        )
    else:
        log.info("files of the credential can be used again")
