"""A simulator of Azure: long-running operations of Azure AI services, played from a scenario.

Its answers follow recorded traffic of the Azure SDKs. It shares no code with the exporter's
parsers: otherwise the same mistake in both would not be noticed.

    server       the HTTP server           azure    keys, limits, and the choice of the service
    services/    a file for each service   play/    scenarios and their timelines
    faults/      faults on request         show/    the work that the demo shows
"""
