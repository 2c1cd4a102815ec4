"""What the exporter says of itself."""
