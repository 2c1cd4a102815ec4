"""The Grafana dashboards as code: `make dashboards` writes them into the chart.

`overview`, `batch`, `jobs` and `exporter` are the dashboards; the other modules have their parts.
"""
