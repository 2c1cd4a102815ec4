"""Behind a real reverse proxy that serves the port below a path."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from exporter.web.port.names import PortNames
from tests.e2e.browser import in_chromium
from tests.e2e.browser.sights import WORKING
from tests.e2e.browser.site import standing
from tests.e2e.browser.visiting import visitor
from tests.e2e.programs import free_port, program, ready

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
PATH = "/monitoring/azure"
pytestmark = [
    *in_chromium,
    pytest.mark.skipif(NGINX is None, reason="needs Debian's package nginx-light"),
]

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location {path}/ {{
      proxy_pass {upstream};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Host evil.example;
      proxy_set_header X-Forwarded-Prefix /evil;
    }}
  }}
}}
"""


@asynccontextmanager
async def proxied(folder: Path, port: int, upstream: str) -> AsyncIterator[str]:
    """The URL below which nginx serves what is at `upstream`."""
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, path=PATH, upstream=upstream))
    with program(folder / "nginx.log", str(NGINX), "-c", str(file)):
        url = f"http://127.0.0.1:{port}{PATH}"
        await ready(url)
        yield url


@pytest.mark.parametrize("route_prefix", [None, ""], ids=["keeps the path", "removes the path"])
async def test_every_link_works(
    chromium: Browser, tmp_path: Path, route_prefix: str | None
) -> None:
    """Pages, styles, forms, redirects, error pages and targets stay below the proxy's path."""
    port = free_port()
    external = urlsplit(f"http://127.0.0.1:{port}{PATH}")
    names = PortNames(external, route_prefix=route_prefix)
    async with standing(names=names) as site:
        upstream = f"{site.url}/" if route_prefix == "" else site.url
        async with (
            proxied(tmp_path, port, upstream) as url,
            visitor(chromium, url) as each,
            aiohttp.ClientSession() as session,
        ):
            page = await each.open("/")
            found = """all => all.flatMap(each =>
                ["href", "src", "action"].map(name => each.getAttribute(name) ?? "#"))"""
            for target in await page.locator("a, link, form, script[src]").evaluate_all(found):
                assert target.startswith(("#", "?", f"{PATH}/")), target
            for name in ("Configuration", "Status"):
                await page.get_by_role("link", name=name, exact=True).click()
                assert urlsplit(page.url).path.startswith(f"{PATH}/")
                await expect(page.locator("main")).to_be_visible()
            page = await each.open(WORKING)
            await page.get_by_role("button", name="Poll now").click()
            await page.wait_for_url(f"**{PATH}/operation?*&asked=*")
            await page.get_by_role("link", name="Status", exact=True).first.click()
            await expect(page).to_have_url(f"{url}/")
            each.expected = "status of 404"
            page = await each.open("/nowhere")
            await page.get_by_role("link", name="Go to the status page").click()
            await expect(page).to_have_url(f"{url}/")
            async with session.get(f"{url}/sd") as answer:
                targets = await answer.json()
            assert targets[0]["targets"] == [external.netloc]
            assert targets[0]["labels"]["__metrics_path__"] == f"{PATH}/probe"
            for path in ("/metrics", "/-/healthy", "/api/v1/operations"):
                async with session.get(f"{url}{path}") as answer:
                    assert answer.status == 200
            if route_prefix is None:
                async with session.get(f"{site.url}/metrics") as answer:
                    assert answer.status == 404
                async with session.get(site.url) as answer:
                    assert answer.url.path == f"{PATH}/"
