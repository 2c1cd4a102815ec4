"""An hour of a real exporter under faults: does anything grow, is any scrape slow?"""
