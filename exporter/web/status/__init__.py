"""The status page: what a person sees of the exporter, rendered here, without need of scripts."""
