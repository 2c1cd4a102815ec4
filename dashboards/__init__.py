"""The Grafana dashboards as code: `make dashboards` writes them into the chart.

`overview`, `batch` and `exporter` say what is shown; the other modules say how.
"""
