"""What a page shows, read from what the browser has made of it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page

from exporter.model.operation import OperationKey

_ROWS = """rows => rows.map(row => {
  const SELECTORS = {code: "code", sub: ".sub:not([data-label])"};
  const cells = {
    url: row.querySelector("th a")?.href ?? "",
    id: row.querySelector("th .id")?.textContent ?? "",
  };
  for (const cell of row.querySelectorAll("[data-label], th")) {
    const name = cell.dataset.label ?? "name";
    cells[name] = cell.textContent.trim();
    const own = cell.cloneNode(true);
    own.querySelectorAll(".sub, .amount").forEach(sub => sub.remove());
    cells[name + ".own"] = own.textContent.trim();
    const at = own.querySelector("time");
    if (at) cells[name] = at.getAttribute("datetime");
    for (const part of ["state", "share", "sub", "failed", "health", "code"]) {
      const found = cell.querySelector(SELECTORS[part] ?? "." + part);
      if (found) cells[name + "." + part] = found.textContent.trim();
    }
  }
  return cells;
})"""
MISSING = "\N{EN DASH}"


@dataclass(frozen=True)
class Line:
    """A row of a table: its cells by the names of their columns."""

    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    @property
    def key(self) -> OperationKey:
        said = parse_qs(urlsplit(self["url"]).query)
        return OperationKey(*(said[name][0] for name in OperationKey._fields))


async def lines(page: Page, body: str = "#rows") -> list[Line]:
    """The rows of a table."""
    found = await page.locator(f"{body} tr:not(.empty)").evaluate_all(_ROWS)
    return [Line(each) for each in found]


async def names(page: Page) -> list[str]:
    """The operations on the page, in their order."""
    return [each.key.operation for each in await lines(page)]


async def states(page: Page) -> dict[str, int]:
    """The counts of the head line."""
    chips = await page.locator("#head .chip").all_inner_texts()
    return {state: int(count.replace(",", "")) for count, state in map(str.split, chips)}
