"""`make release`: builds what a release consists of, and checks each part as its user would."""
