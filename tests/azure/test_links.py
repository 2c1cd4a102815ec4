"""Lists on the wire: where a list goes on, and what of a page can be read. Tables and chance."""

import contextlib
import json
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.apis.document_translation.document_status import DocumentPage
from exporter.azure.body import Body, CursorPage, ItemsPage, ShapeError
from exporter.azure.links import PAGES_LIMIT, next_path
from exporter.errors import Unreadable

ENDPOINT = "https://contoso.cognitiveservices.azure.com"
LOCAL = "http://127.0.0.1:10059"
LIST = "/translator/document/batches"
PAGE = f"{LIST}?skip=50&maxpagesize=50&api-version=2024-05-01"


MORE = {"has_more": True, "last_id": "b"}


class Thing(Body):
    """As little as an item of a list can be."""

    id: str
    size: int = 0


THINGS = ItemsPage[Thing]
CURSORS = CursorPage[Thing]


@pytest.mark.parametrize(
    ("endpoint", "link", "path"),
    [
        pytest.param(ENDPOINT, ENDPOINT + PAGE, PAGE, id="own origin"),
        pytest.param(
            ENDPOINT,
            f"https://contoso.cognitiveservices.azure.com:443{PAGE}",
            PAGE,
            id="the default port of https is said",
        ),
        pytest.param(f"{ENDPOINT}:443", ENDPOINT + PAGE, PAGE, id="it is left out"),
        pytest.param("http://127.0.0.1", f"http://127.0.0.1:80{PAGE}", PAGE, id="that of http"),
        pytest.param(LOCAL, LOCAL + PAGE, PAGE, id="a port of its own"),
        pytest.param(
            ENDPOINT,
            f"HTTPS://Contoso.CognitiveServices.Azure.COM{PAGE}",
            PAGE,
            id="scheme and host in other letters",
        ),
        pytest.param(ENDPOINT, f" {ENDPOINT}{PAGE}\n", PAGE, id="space around it"),
        pytest.param(
            ENDPOINT,
            f"{ENDPOINT}{LIST}?skip=50&orderBy=createdDateTimeUtc asc&api-version=2024-05-01",
            f"{LIST}?skip=50&orderBy=createdDateTimeUtc%20asc&api-version=2024-05-01",
            id="a raw space, as Azure writes one",
        ),
        pytest.param(
            ENDPOINT,
            f"{ENDPOINT}{LIST}?orderBy=createdDateTimeUtc%20asc&ids=a%2Cb",
            f"{LIST}?orderBy=createdDateTimeUtc%20asc&ids=a%2Cb",
            id="what is encoded stays as it is",
        ),
        pytest.param(
            ENDPOINT,
            f"{ENDPOINT}/avatar/batchsyntheses/?maxpagesize=2&skip=2",
            "/avatar/batchsyntheses/?maxpagesize=2&skip=2",
            id="a slash before the query",
        ),
        pytest.param(ENDPOINT, f"{ENDPOINT}{PAGE}#part", PAGE, id="a fragment is not sent"),
        pytest.param("http://[::1]:8080", f"http://[::1]:8080{PAGE}", PAGE, id="IPv6"),
        pytest.param(ENDPOINT, f"{ENDPOINT}/a\x00b?c=\x7f", "/a%00b?c=%7F", id="no character"),
        pytest.param(
            ENDPOINT, f"{ENDPOINT}/é?c=\N{GRINNING FACE}", "/%C3%A9?c=%F0%9F%98%80", id="é"
        ),
    ],
)
def test_a_link_of_the_resource_is_followed(endpoint: str, link: str, path: str) -> None:
    """What is asked for next is path and query of the link, fit for a request line."""
    assert next_path(endpoint, LIST, link, set()) == path


@pytest.mark.parametrize("endpoint", [ENDPOINT, f"{ENDPOINT}/Gateway/v1"])
@pytest.mark.parametrize(
    "link",
    [
        pytest.param(f"https://eastus.api.cognitive.microsoft.com{PAGE}", id="the regional host"),
        pytest.param(f"https://elsewhere.example{PAGE}", id="any host"),
        pytest.param(f"{ENDPOINT}:8443{PAGE}", id="another port"),
        pytest.param(f"http://contoso.cognitiveservices.azure.com{PAGE}", id="another scheme"),
        pytest.param(f"http://contoso.cognitiveservices.azure.com:443{PAGE}", id="scheme, port"),
    ],
)
def test_a_link_to_this_list_by_another_host(endpoint: str, link: str) -> None:
    """Its path and query are asked of the endpoint of the configuration."""
    assert next_path(endpoint, f"{LIST}?skip=0", link, set()) == PAGE


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        pytest.param("https://elsewhere.example/other?skip=1", "another path", id="another path"),
        pytest.param(f"https://elsewhere.example{LIST}/1", "another path", id="below the list"),
        pytest.param(f"https://elsewhere.example{LIST}/../x", "another path", id="and up"),
        pytest.param(f"https://elsewhere.example/x{PAGE}", "another path", id="another prefix"),
        pytest.param("https://elsewhere.example", "another path", id="no path"),
        pytest.param(f"{ENDPOINT}:8443/other", "another path", id="another port and path"),
        pytest.param(f"https://a:b@contoso.cognitiveservices.azure.com{PAGE}", "user", id="a user"),
        pytest.param(f"https://@contoso.cognitiveservices.azure.com{PAGE}", "user", id="no user"),
        pytest.param(f"{ENDPOINT}@evil.example{PAGE}", "user", id="the host as a user"),
        pytest.param(f"https://evil.example\\@contoso.azure.com{PAGE}", "user", id="\\@"),
        pytest.param(f"//elsewhere.example{PAGE}", "without a scheme", id="no scheme"),
        pytest.param(f"/\t/elsewhere.example{PAGE}", "without a scheme", id="no scheme, a tab"),
        pytest.param("//contoso.cognitiveservices.azure.com:8443/", "scheme", id="a port alone"),
        pytest.param(f"https:{PAGE}", "no host", id="a scheme without a host"),
        pytest.param("file:///etc/passwd", "no host", id="a file"),
        pytest.param("javascript:alert(1)", "no host", id="a script"),
        pytest.param("https://", "no host", id="no host"),
        pytest.param("ftp://elsewhere.example/", "no host", id="another protocol"),
    ],
)
def test_a_link_that_leaves_the_resource_is_refused(link: str, reason: str) -> None:
    """The key goes nowhere else; the reason is the true one, and repeats nothing of the link."""
    with pytest.raises(Unreadable, match=f"leaves the resource, .*{reason}") as caught:
        next_path(ENDPOINT, LIST, link, set())
    assert "example" not in caught.value.reason


GATEWAY = "https://gateway.example/translator"


@pytest.mark.parametrize(
    ("link", "path"),
    [
        pytest.param(f"{GATEWAY}{PAGE}", PAGE, id="below the endpoint"),
        pytest.param(f"https://GATEWAY.example:443/translator{PAGE}", PAGE, id="in other words"),
        pytest.param(f"https://gateway.example{PAGE}", PAGE, id="the host without the path"),
        pytest.param(f"http://10.0.0.4:8080{PAGE}", PAGE, id="what is behind the gateway"),
        pytest.param(f"http://10.0.0.4/translator{PAGE}", PAGE, id="that with the path"),
        pytest.param(PAGE, PAGE, id="a path as from the root of what is behind"),
        pytest.param(f"/translator{PAGE}", PAGE, id="a path as from the root of the gateway"),
        pytest.param("?skip=1", f"{LIST}?skip=1", id="a query"),
        pytest.param("batches?skip=1", f"{LIST}?skip=1", id="beside the page"),
        pytest.param(f"{GATEWAY}/other?skip=1", "/other?skip=1", id="another path below it"),
    ],
)
def test_a_link_below_a_path(link: str, path: str) -> None:
    """The endpoint of a gateway has a path: all requests go below it."""
    assert next_path(GATEWAY, f"{LIST}?skip=0", link, set()) == path


@pytest.mark.parametrize(
    "link",
    [
        "https://gateway.example/other?skip=1",
        "/other?skip=1",
        "/translators/document",
        "../../../../other",
        f"{GATEWAY}/../other",
        f"{GATEWAY}/a/%2e%2E/..%2Fother",
        f"{GATEWAY}/..\\other",
        GATEWAY,
    ],
)
def test_a_link_beside_the_path_is_refused(link: str) -> None:
    """There is another API of the gateway, to which the key does not go."""
    with pytest.raises(Unreadable, match="leaves the resource, to a path that is not below"):
        next_path(GATEWAY, f"{LIST}?skip=0", link, set())


@pytest.mark.parametrize(
    "link",
    [
        pytest.param(f"https://contoso.cognitiveservices.azure.com:65536{PAGE}", id="no port"),
        pytest.param(f"https://contoso.cognitiveservices.azure.com:x{PAGE}", id="no number"),
        pytest.param("https://[::1", id="half an address"),
        pytest.param("//[::1", id="half an address without a scheme"),
    ],
)
def test_what_is_no_url_is_refused(link: str) -> None:
    """It is not followed, and the reason says why."""
    with pytest.raises(Unreadable, match="is not a URL"):
        next_path(ENDPOINT, LIST, link, set())


@pytest.mark.parametrize(
    ("link", "path"),
    [
        pytest.param(PAGE, PAGE, id="a path from the root"),
        pytest.param(f"//contoso.cognitiveservices.azure.com{PAGE}", PAGE, id="all but a scheme"),
        pytest.param(f"//CONTOSO.cognitiveservices.azure.com:443{PAGE}", PAGE, id="with a port"),
        pytest.param("?skip=50&top=50", f"{LIST}?skip=50&top=50", id="a query alone"),
        pytest.param("?orderBy=a asc", f"{LIST}?orderBy=a%20asc", id="a query with a raw space"),
        pytest.param("?after=a%2Fb#part", f"{LIST}?after=a%2Fb", id="a query and a fragment"),
        pytest.param(
            "?next=https://b.example", f"{LIST}?next=https://b.example", id="it holds one"
        ),
        pytest.param("batches?skip=50", f"{LIST}?skip=50", id="beside the page"),
        pytest.param("./batches?skip=50", f"{LIST}?skip=50", id="the same with a dot"),
        pytest.param("batches/2", f"{LIST}/2", id="below the page"),
        pytest.param("../other?skip=1", "/translator/other?skip=1", id="another path, upwards"),
        pytest.param("../../../../other", "/other", id="above the root"),
        pytest.param("/other?skip=1", "/other?skip=1", id="another path"),
        pytest.param(" ?skip=50\n", f"{LIST}?skip=50", id="space around it"),
        pytest.param(
            "\\\\elsewhere.example", "/translator/document/%5C%5Celsewhere.example", id="\\"
        ),
    ],
)
def test_a_relative_link_is_followed(link: str, path: str) -> None:
    """It is relative to the URL of the page that it stands on, as RFC 3986 says."""
    assert next_path(ENDPOINT, f"{LIST}?skip=0&top=50", link, set()) == path


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("", id="nothing"),
        pytest.param(" ", id="a space"),
        pytest.param("\x00", id="no character"),
        pytest.param("#next", id="a fragment"),
        pytest.param("?", id="an empty query"),
        pytest.param("?skip=0", id="its own query"),
        pytest.param("batches?skip=0", id="its own name and query"),
    ],
)
def test_a_relative_link_to_the_page_itself_is_refused(link: str) -> None:
    """The page was read, however its address is written."""
    page = f"{LIST}?skip=0"
    with pytest.raises(Unreadable, match="already read"):
        next_path(ENDPOINT, page, link, {page})


@pytest.mark.parametrize(
    ("path", "rest", "following"),
    [
        pytest.param("/batches", {}, None, id="nothing is said"),
        pytest.param("/batches", {"last_id": "b"}, None, id="an id alone"),
        pytest.param("/batches", {"has_more": False, "last_id": "b"}, None, id="no more"),
        pytest.param("/batches", {"has_more": None, "last_id": "b"}, None, id="null"),
        pytest.param("/batches", MORE, "/batches?after=b", id="the first page, without a query"),
        pytest.param("/batches?", MORE, "/batches?after=b", id="an empty query"),
        pytest.param("/batches?limit=5", MORE, "/batches?limit=5&after=b", id="the first page"),
        pytest.param(
            "/batches?limit=5&after=a", MORE, "/batches?limit=5&after=b", id="the second page"
        ),
        pytest.param("/batches?after=a&limit=5", MORE, "/batches?limit=5&after=b", id="in front"),
        pytest.param("/batches?after=a&after=c", MORE, "/batches?after=b", id="twice"),
        pytest.param("/batches?after", MORE, "/batches?after=b", id="without a value"),
        pytest.param(
            "/batches?afterwards=1&x=after=2",
            MORE,
            "/batches?afterwards=1&x=after=2&after=b",
            id="others that look like it",
        ),
        pytest.param(
            "/batches?limit=9",
            {"has_more": True},
            "/batches?limit=9&after=a",
            id="no last_id: the last item that can be read",
        ),
        pytest.param(
            "/batches?api-version=a%2Fb",
            MORE | {"last_id": "é&/?#=x y"},
            "/batches?api-version=a%2Fb&after=%C3%A9%26%2F%3F%23%3Dx%20y",
            id="an id that must be encoded",
        ),
    ],
)
def test_a_list_goes_on_after_its_last_item(
    path: str, rest: dict[str, object], following: str | None
) -> None:
    """The next page is asked with `after=`, in place of an earlier one; all else stays."""
    page = CURSORS.read(json.dumps({"data": [{"id": "a"}, {"id": 7}], **rest}).encode())
    assert [thing.id for thing in page.value] == ["a"]
    assert page.broken == 1
    assert page.following(path) == following
    if following:
        assert next_path(ENDPOINT, path, following, {path}) == following


@pytest.mark.parametrize("last_id", [{}, {"last_id": None}, {"last_id": ""}], ids=str)
def test_a_list_that_does_not_say_after_what_it_goes_on(last_id: dict[str, object]) -> None:
    """It would be cut without a word: that is an error."""
    page = CURSORS.read(json.dumps({"data": [], "has_more": True, **last_id}).encode())
    with pytest.raises(ShapeError, match="last_id"):
        page.following("/batches")


@pytest.mark.parametrize(
    ("first", "link"),
    [
        pytest.param(PAGE, ENDPOINT + PAGE, id="itself"),
        pytest.param(PAGE, f"{ENDPOINT}:443{PAGE}#again", id="itself in other words"),
        pytest.param(
            f"{LIST}?orderBy=createdDateTimeUtc%20asc",
            f"{ENDPOINT}{LIST}?orderBy=createdDateTimeUtc asc",
            id="with a raw space",
        ),
    ],
)
def test_a_link_to_a_page_already_read_is_refused(first: str, link: str) -> None:
    """A list that goes in a circle ends where it began to repeat itself."""
    with pytest.raises(Unreadable, match="already read"):
        next_path(ENDPOINT, LIST, link, {"/other", first})


def test_a_list_that_never_ends_is_cut() -> None:
    """A thousand pages are read, then no more, however new the link looks."""
    asked = {f"{LIST}?page={number}" for number in range(PAGES_LIMIT - 1)}
    assert next_path(ENDPOINT, LIST, f"{ENDPOINT}{LIST}?page=last", asked) == f"{LIST}?page=last"
    asked.add(f"{LIST}?page=last")
    assert len(asked) == 1000
    with pytest.raises(Unreadable, match="more than 1000 pages"):
        next_path(ENDPOINT, LIST, f"{ENDPOINT}{LIST}?page=more", asked)


@given(st.text() | st.builds(lambda rest: ENDPOINT + rest, st.text()))
@example(f"{ENDPOINT}:0/")
@example(f"{ENDPOINT}/\N{LINE SEPARATOR}")
def test_a_link_gives_a_path_or_is_unreadable(link: str) -> None:
    """Whatever Azure writes there: nothing that could change the host comes out."""
    with contextlib.suppress(Unreadable):
        path = next_path(ENDPOINT, LIST, link, set())
        assert path[:1] in {"/", "?", ""}
        assert path.isascii()
        assert path.isprintable()
        assert not set(path) & set(" #")


def body(items: object, **rest: object) -> bytes:
    return json.dumps({"value": items, **rest}).encode()


FIFTY = [{"id": f"thing-{number}", "size": number} for number in range(50)]


@pytest.mark.parametrize(
    ("text", "ids", "link", "broken"),
    [
        pytest.param(body([{"id": "a"}]), ["a"], None, 0, id="the last page"),
        pytest.param(body([], nextLink="n"), [], "n", 0, id="the specification's key"),
        pytest.param(body([], **{"@nextLink": "n"}), [], "n", 0, id="the wire's key"),
        pytest.param(body([], nextLink="n", **{"@nextLink": "n"}), [], "n", 0, id="both keys"),
        pytest.param(body([], nextLink=None), [], None, 0, id="the specification's key, null"),
        pytest.param(body([], **{"@nextLink": None}), [], None, 0, id="the wire's key, null"),
        pytest.param(
            body([], nextLink=None, **{"@nextLink": "n"}), [], "n", 0, id="null beside a link"
        ),
        pytest.param(body([{"id": "a", "new": [1]}], count=1), ["a"], None, 0, id="more than read"),
        pytest.param(body([{"size": 1}, {"id": "b"}]), ["b"], None, 1, id="an item without id"),
        pytest.param(body([{"id": None}, {"id": "b"}]), ["b"], None, 1, id="an id that is null"),
        pytest.param(body([{"id": 7}, {"id": "b"}]), ["b"], None, 1, id="an id that is a number"),
        pytest.param(
            body([{"id": 7, "size": "x"}, {"id": "b"}]), ["b"], None, 1, id="broken twice is one"
        ),
        pytest.param(body([1, None, "x", [], {}]), [], None, 5, id="everything is broken"),
        pytest.param(
            body([1, {"id": "b"}], **{"@nextLink": "n"}), ["b"], "n", 1, id="broken, and goes on"
        ),
        pytest.param(
            body([*FIFTY[:25], 25, *FIFTY[26:]]),
            [each["id"] for each in FIFTY if each["size"] != 25],
            None,
            1,
            id="one of fifty is a number",
        ),
        pytest.param(
            body([*FIFTY[:49], {"size": 49}]),
            [each["id"] for each in FIFTY[:49]],
            None,
            1,
            id="the last of fifty has no id",
        ),
        pytest.param(
            b'{"value":[{"id":"a"}],"broken":9,"never sent":9}', ["a"], None, 0, id="our own field"
        ),
        pytest.param(b'{"value":[1],"never sent":-9}', [], None, 1, id="our own field, repaired"),
    ],
)
def test_what_can_be_read_of_a_page(
    text: bytes, ids: Sequence[object], link: str | None, broken: int
) -> None:
    """Items that cannot be read are counted; the others are there, in order, with the link."""
    page = THINGS.read(text)
    assert [each.id for each in page.value] == ids
    assert page.following(LIST) == link
    assert page.broken == broken


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"{}", id="no value"),
        pytest.param(b'{"nextLink":"n"}', id="a link alone"),
        pytest.param(b'{"value":null}', id="a value that is null"),
        pytest.param(b'{"value":{"id":"a"}}', id="a value that is an object"),
        pytest.param(b'{"value":"abc"}', id="a value that is text"),
        pytest.param(b'{"value":7}', id="a value that is a number"),
        pytest.param(b'{"values":[]}', id="another key"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'[{"id":"a"}]', id="the items alone"),
        pytest.param(b"null", id="null"),
        pytest.param(b"7", id="a number"),
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"value":[{"id":"a"}', id="half of it"),
        pytest.param(b'{"value":[{"id":"\xff"},1]}', id="not UTF-8"),
        pytest.param(b'{"value":[1],"value":7}', id="the value twice"),
        pytest.param(b'{"value":' + b"[" * 100_000, id="without bottom"),
    ],
)
def test_a_body_that_is_no_page(text: bytes) -> None:
    """It cannot be read at all, which is one kind of error."""
    with pytest.raises(ShapeError):
        THINGS.read(text)


@pytest.mark.parametrize("page", [THINGS, DocumentPage])
@pytest.mark.parametrize("link", [7, {}, ["n"], True])
def test_a_link_that_is_no_text(page: type[ItemsPage[Body]], link: object) -> None:
    """The items count, and the list is cut with a reason, not without a word."""
    item = {"id": "a", "status": "Running", "to": "de"}
    read = page.read(body([item, 1], nextLink=link))
    assert read.broken == 1
    with pytest.raises(ShapeError, match="nextLink"):
        read.following(LIST)


@pytest.mark.parametrize("more", [7, "yes", [], {}])
def test_a_list_that_says_oddly_whether_it_goes_on(more: object) -> None:
    """The items count, and the list is cut with a reason."""
    page = CURSORS.read(json.dumps({"data": [{"id": "a"}], "has_more": more}).encode())
    assert [thing.id for thing in page.value] == ["a"]
    with pytest.raises(ShapeError, match="has_more"):
        page.following("/batches")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
ALMOST = st.fixed_dictionaries(
    {"value": JSON | st.lists(JSON | st.fixed_dictionaries({"id": JSON, "size": JSON}))},
    optional={"nextLink": JSON, "@nextLink": JSON, "never sent": JSON, "broken": JSON},
)


@pytest.mark.e2e
@given(st.binary() | (JSON | ALMOST).map(lambda said: json.dumps(said).encode()))
def test_nothing_but_a_page_or_a_validation_error(text: bytes) -> None:
    """No body makes anything else of it, and what is counted adds up."""
    with contextlib.suppress(ShapeError):
        page = THINGS.read(text)
        assert len(page.value) + page.broken == len(json.loads(text)["value"])
