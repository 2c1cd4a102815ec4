"""`make dashboards`."""

from dashboards.writing import write

write()
