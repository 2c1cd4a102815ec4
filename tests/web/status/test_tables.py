"""Tables of the pages: links that stay at them, pages of phones, and what stands in cells."""

import asyncio

import pytest

from exporter.model.operation import Document, Fault, Operation, OperationKey, State
from exporter.web.status.elements import code
from tests.support.local import START
from tests.support.observations import submitted
from tests.support.pages import Page
from tests.support.status_site import API, seen, site

pytestmark = pytest.mark.jumping


def with_documents(number: int, name: str = "") -> Operation:
    documents = {
        f"d{each:02}": Document(f"d{each:02}", "de", State.RUNNING, "Running", name=name)
        for each in range(number)
    }
    return seen(State.RUNNING, documents=documents, unreadable=frozenset())


@pytest.mark.parametrize(
    ("path", "anchor"),
    [("/?per_page=20&page=2", "operations"), ("/operation?PAGES", "documents")],
)
async def test_links_of_a_table_stay_at_it(path: str, anchor: str) -> None:
    """Its orders, its pages and its filters lead back to it, not to the top."""
    async with site() as here:
        for number in range(50):
            key = here.watch(f"o{number}", with_documents(60 if number == 0 else 0))
        key = OperationKey("r0", API, "o0")
        pages = f"resource=r0&api={key.api}&operation=o0&per_page=20&page=2"
        page = await here.page(path.replace("PAGES", pages))
        assert page.ids[anchor].tag == "h2"
        [table] = [
            each
            for each in page.root.all("table")
            if any(body.attributes["id"] == "rows" for body in each.all("tbody"))
        ]
        links = [*table.all("thead")[0].all("a"), *page.ids["pager"].all("a")]
        assert {"First", "Previous", "Next", "Last", "State"} <= {link.text for link in links}
        for link in links:
            assert link.attributes["href"].endswith(f"#{anchor}"), link.text
        [form] = [each for each in page.root.all("form") if "filters" in each.attributes["class"]]
        assert form.attributes["action"].endswith(f"#{anchor}")


async def test_pages_of_a_phone() -> None:
    """Its first page has twenty rows, and links to pages of twenty; wide screens have fifty."""
    async with site() as here:
        for number in range(70):
            here.watch(f"o{number:02}", seen(State.RUNNING))
        page = await here.page(sort="operation")
        wide, narrow = page.ids["pager"].all("nav")
        assert wide.text.startswith("1 to 50 of 70 operations Page 1 of 2")
        assert narrow.text.startswith("1 to 20 of 70 operations Page 1 of 4")
        [onward] = [link for link in narrow.all("a") if link.text == "Next"]
        page = await here.page("/" + onward.attributes["href"].partition("#")[0])
        assert page.names()[0] == "o20"
        assert len(page.ids["pager"].all("nav")) == 1
        for query in ("per_page=20", "page=2", "q=o1"):
            page = await here.page(f"/?{query}")
            assert len(page.ids["pager"].all("nav")) == 1
            assert not phone_first(page)
        assert phone_first(await here.page())


def phone_first(page: Page) -> bool:
    return any("phone-first" in table.attributes["class"] for table in page.root.all("table"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("UnsupportedContent", "Unsupported<wbr>Content"),
        ("InvalidDocumentAccessLevel", "Invalid<wbr>Document<wbr>Access<wbr>Level"),
        ("HTTPError", "HTTPError"),
        ("token_limit_exceeded", "token_<wbr>limit_<wbr>exceeded"),
        ("429", "429"),
        ("a<b&C", "a&lt;b&amp;<wbr>C"),
        ("x" * 50, f"{'x' * 24}<wbr>{'x' * 24}<wbr>xx"),
        ("Ü'\"\n", "Ü&#39;&#34;\n"),
    ],
)
def test_where_an_error_code_breaks(text: str, shown: str) -> None:
    """Before its capitals and behind its signs, never within a word; all of it is text."""
    assert code(text) == f"<code>{shown}</code>"


@pytest.mark.parametrize(
    ("known", "shows", "told"),
    [
        (None, {State.RUNNING}, "No documents were read yet, because"),
        (seen(State.RUNNING), {State.RUNNING}, "No documents were read yet; the next"),
        (seen(State.NOT_STARTED), {State.RUNNING}, "Azure has listed no documents yet."),
        (
            seen(State.RUNNING, submitted=submitted(0)),
            {State.RUNNING},
            "Azure has listed no documents yet.",
        ),
        (
            seen(State.RUNNING, incomplete="HTTP 500", unreadable=frozenset()),
            {State.RUNNING},
            "No documents could be read",
        ),
        (seen(State.VALIDATION_FAILED), {State.RUNNING}, "No documents: Azure rejected"),
        (seen(State.RUNNING), set(), "Documents are not read because of"),
        (seen(State.RUNNING), None, None),
    ],
)
async def test_why_there_are_no_documents(
    known: Operation | None, shows: set[State] | None, told: str | None
) -> None:
    """The page says why; an API without documents has no such section."""
    async with site() as here:
        key = here.watch("one", known, shows=None if shows is None else frozenset(shows))
        page = await here.page("/operation", **key._asdict())
        if told is None:
            assert "documents" not in page.ids
        else:
            assert page.ids["no-documents"].text.startswith(told)


@pytest.mark.parametrize("name", ["", "letter.docx"])
async def test_documents_without_names_say_how_they_get_them(name: str) -> None:
    """By a setting; where they have names nothing is said of it."""
    async with site() as here:
        key = here.watch("one", with_documents(2, name))
        page = await here.page("/operation", **key._asdict())
        assert ("document_names: true" in page.root.text) == (not name)


async def test_the_end_stands_beside_the_progress() -> None:
    """And the start beside the last change; both have an order of their own."""
    async with site() as here:
        key = here.watch("one", seen(State.RUNNING, progress=0.1, created=START - 60))
        for step in range(2, 5):
            await asyncio.sleep(60)
            here.exporter.store.put(
                key, seen(State.RUNNING, progress=step / 10, created=START - 60), START + step * 30
            )
        page = await here.page(sort="-end")
        [row] = page.rows()
        assert row[3].startswith("40% ends in ")
        assert row[4].endswith("created 4 min ago")
        [header] = [each for each in page.root.all("th") if "aria-sort" in each.attributes]
        assert header.text == "Progress , estimated end"
        on = [each.text for each in header.all("a") if each.attributes.get("class") == "on"]
        assert on == ["estimated end"]
        orders = [link.attributes["href"] for link in header.all("a")]
        assert orders == ["?sort=-progress#operations", "?sort=end#operations"]


async def test_a_broken_operation_costs_what_it_says() -> None:
    """The head names the error code whole for who copies it."""
    async with site() as here:
        fault = Fault("InvalidRequest", "NoTranslatableText", "", "Nothing to translate.")
        here.watch("one", seen(State.FAILED, fault=fault, last_action=START))
        trouble = (await here.page()).ids["trouble"]
        assert [each.text for each in trouble.all("code")] == ["NoTranslatableText"]
