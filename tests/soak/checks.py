"""Health checks by TCP, as load balancers make them: they connect, and end no handshake."""

import asyncio
import contextlib
import itertools

EVERY = 0.05  # seconds
_SAID = (b"", b"GET / HTTP/1.0\r\n\r\n")  # by one check and the next


class Checks:
    """Checks of one address, and how many were made."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self.count = 0

    async def run(self) -> None:
        """For ever."""
        for said in itertools.cycle(_SAID):
            await asyncio.sleep(EVERY)
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(*self._address)
                writer.write(said)
                writer.close()
                await writer.wait_closed()
                self.count += 1
