"""The page at `/`: name, version and links."""

from collections.abc import Mapping

from exporter import __version__

LANDING = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>azure-ai-exporter</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }}
li {{ margin: .4rem 0; }}
</style>
</head>
<body>
<main>
<h1>azure-ai-exporter</h1>
<p>Long-running operations of Azure AI services, for Prometheus. Version {__version__}.</p>
<ul>
<li><a href="/metrics">Metrics</a>: what Prometheus scrapes</li>
<li><a href="/api/v1/operations">Operations</a>: the same and more, as JSON</li>
<li><a href="/sd">Service discovery</a>: every operation as a target of <code>/probe</code></li>
<li><a href="/-/healthy">Healthy</a>: the process answers</li>
<li><a href="/-/ready">Ready</a>: every configured operation was asked for once</li>
</ul>
</main>
</body>
</html>
"""

LANDING_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
