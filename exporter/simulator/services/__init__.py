"""The services of the simulator: a file for each, and files for their parts."""
