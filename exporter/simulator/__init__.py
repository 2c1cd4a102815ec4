"""A local Azure: long-running operations of four Azure AI services, played from a scenario.

It speaks as the services were seen to speak in recorded traffic of the Azure SDKs. It shares no
code with the exporter's parsers: otherwise one misreading would agree with itself.

    scenario    what happens when (frozen data)      timeline   the state of it at a moment (pure)
    building    a scenario's parts in one line       demo       what is under way when it begins
    workday     new work without end                 teams      who starts what, and what goes wrong
    hastening   the same in less time                weather    what befalls a resource now and then
    azure       gateway: keys, limits, who answers   server     aiohttp in front of all of it
    document_translation, video_translation, avatar, qna_maker: one service each
    speech      what video and avatar share          limits     requests a minute, on request
    faults      what goes wrong, on request          breakage   how it looks on the wire
    changes     a good answer with a fault in it
"""
