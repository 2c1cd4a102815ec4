"""The services of the local Azure: a file for each, and files for their parts."""
