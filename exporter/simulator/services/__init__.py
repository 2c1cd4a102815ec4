"""The services of the local Azure, a file for each and its parts."""
