"""The settings of the exporter, and the requests that they cause."""
