"""A local Azure: long-running operations of four Azure AI services, played from a scenario.

It speaks as the services were seen to speak in recorded traffic of the Azure SDKs. It shares no
code with the exporter's parsers: otherwise one misreading would agree with itself.

    server       aiohttp in front of all of it     azure    keys, limits, and which service answers
    services/    a file for each service           play/    what happens when, and its timelines
    faults/      what goes wrong, on request       show/    the work that the demo shows
"""
