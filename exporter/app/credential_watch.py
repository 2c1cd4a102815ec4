"""Watches the files of credentials, so that a new key counts at once and a lost one is told."""

import asyncio
from collections.abc import Callable, Mapping

from exporter.azure.client import Client
from exporter.telemetry.logs import logger

WATCH_SECONDS = 2.0  # between two looks at the files of a resource


class CredentialWatch:
    """One task for each resource whose credential has files: one that hangs delays no other.

    Args:
        wake: called with a resource that refused its key and has a new one.
    """

    def __init__(self, clients: Mapping[str, Client], wake: Callable[[str], None]) -> None:
        self._clients = clients
        self._wake = wake
        self._group: asyncio.TaskGroup | None = None
        self._running: dict[str, tuple[Client, asyncio.Task[None]]] = {}

    def start(self, group: asyncio.TaskGroup) -> None:
        """Watch from now on, in tasks of this group."""
        self._group = group
        self.arrange()

    def arrange(self) -> None:
        """Watch the clients as they are now."""
        if self._group is None:
            return
        for name, (client, task) in list(self._running.items()):
            if self._clients.get(name) is not client:
                task.cancel()
                del self._running[name]
        for name, client in self._clients.items():
            if client.credential.files and name not in self._running:
                task = self._group.create_task(self._watch(name, client))
                self._running[name] = client, task

    async def _watch(self, resource: str, client: Client) -> None:
        told = ""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            may_be_accepted = await client.credential.watch()
            if may_be_accepted and client.breaker.refusing:
                logger().info("the key changed; the resource is asked again", resource=resource)
                client.breaker.half_open()
                self._wake(resource)
            if client.credential.fault != told:
                told = client.credential.fault
                _log(resource, told)


def _log(resource: str, fault: str) -> None:
    log = logger().bind(resource=resource)
    if fault:
        log.warning("file of a credential cannot be used; what it held stays in use", reason=fault)
    else:
        log.info("files of the credential can be used again")
