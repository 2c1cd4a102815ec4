"""What scrapers send to what they get."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.exposition.negotiation import Format, accepts_gzip, choose_format

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
UTF8 = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"

# As these programs send them.
PROMETHEUS_2_20 = (
    "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_2_55_PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
    "application/openmetrics-text;version=1.0.0;q=0.8,"
    "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3_PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    "q=0.7," + PROMETHEUS_3
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8,application/signed-exchange;v=b3;q=0.7"
)
OM = "application/openmetrics-text"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (PROMETHEUS_2_20, TEXT),
        (PROMETHEUS_2_42, OPENMETRICS),
        (PROMETHEUS_2_55_PROTOBUF, OPENMETRICS),
        (PROMETHEUS_3, UTF8),
        (PROMETHEUS_3_PROTOBUF, UTF8),
        (FIREFOX, TEXT),
        (CHROME, TEXT),
        ("*/*", TEXT),  # curl
        ("text/plain", TEXT),
        ("text/*", TEXT),
        (OM, OPENMETRICS),
        ("", TEXT),
    ],
)
def test_real_programs(accept: str, content_type: str) -> None:
    """Each gets the best of the two formats that it asks for."""
    assert choose_format(accept).content_type == content_type


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param(f"{OM};q=0.4, text/plain;q=0.5", TEXT, id="text wanted more"),
        pytest.param(f"text/plain;q=0.4, {OM};q=0.5", OPENMETRICS, id="OpenMetrics wanted more"),
        pytest.param(f"text/plain, {OM}", TEXT, id="equal, text first"),
        pytest.param(f"{OM}, text/plain", OPENMETRICS, id="equal, OpenMetrics first"),
        pytest.param(f"{OM};q=0, text/plain;q=0.1", TEXT, id="OpenMetrics refused"),
        pytest.param(f"{OM};q=0, */*;q=0.1", TEXT, id="OpenMetrics refused, rest accepted"),
        pytest.param(f"text/plain;q=0, {OM};q=0.001", OPENMETRICS, id="text refused"),
        pytest.param(f"*/*;q=0, {OM};q=0.1", OPENMETRICS, id="rest refused"),
        pytest.param(f"{OM};q=0", TEXT, id="nothing accepted"),
        pytest.param("*/*;q=0", TEXT, id="everything refused"),
        pytest.param("application/json", TEXT, id="what is not spoken"),
        pytest.param("application/vnd.google.protobuf", TEXT, id="protobuf alone"),
    ],
)
def test_q_values(accept: str, content_type: str) -> None:
    """The highest q wins, the first of equals, and whoever accepts neither gets text."""
    assert choose_format(accept).content_type == content_type


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (f"{OM};version=1.0.0", OPENMETRICS),
        (f"{OM}; version = 1.0.0", OPENMETRICS),
        (f'{OM};version="1.0.0"', OPENMETRICS),
        (f"{OM};charset=utf-8;version=1.0.0", OPENMETRICS),
        (f"{OM};q=0.5;version=1.0.0", OPENMETRICS),
        (f"{OM.upper()};VERSION=1.0.0;Q=0.5", OPENMETRICS),
        (f"{OM};version=0.0.1", TEXT),
        (f"{OM};version=2.0.0", TEXT),
        (f"{OM};version=2.0.0, {OM};version=1.0.0;q=0.1", OPENMETRICS),
        ("text/plain;version=0.0.4", TEXT),
        ("text/plain;version=1.0.0", TEXT),
        (f"text/plain;version=1.0.0, {OM};q=0.1", OPENMETRICS),
    ],
)
def test_versions(accept: str, content_type: str) -> None:
    """A version that is not spoken is not offered; its absence means any."""
    assert choose_format(accept).content_type == content_type


@pytest.mark.parametrize("escaping", ["allow-utf-8", "underscores", "dots", "values"])
def test_escaping_is_echoed(escaping: str) -> None:
    """Our names are the same in every scheme, so that the answer may name the one asked for."""
    choice = choose_format(f"{OM};version=1.0.0;escaping={escaping}")
    assert choice.content_type.endswith(f"; escaping={escaping}")


@pytest.mark.parametrize("escaping", ["", "none", '"', "dots\r\nset-cookie: a", "x" * 1000])
def test_escaping_that_does_not_exist_is_not_echoed(escaping: str) -> None:
    """Only words of ours reach the answer's header."""
    assert choose_format(f"{OM};escaping={escaping}").content_type == OPENMETRICS


def test_escaping_of_another_part_is_not_taken() -> None:
    """The answer has the parameters of the part that was chosen."""
    accept = f"text/plain;escaping=dots;q=0.1, {OM}, {OM};escaping=values;q=0.2"
    assert choose_format(accept).content_type == OPENMETRICS


@pytest.mark.parametrize(
    "accept",
    [
        ",",
        ";",
        ",;=,;q=",
        f"{OM};q=",
        f"{OM};q=high",
        f"{OM};q=nan",
        f"{OM};q=inf",
        f"{OM};q=-1",
        f"{OM};q=1.5",
        f"{OM};q=1e9",
        f";{OM}",
        f"q=1;{OM}",
        "application/openmetrics-textual",
        "\x00\xff",
        "," * 10_000,
    ],
)
def test_garbage_gets_text(accept: str) -> None:
    """What cannot be read is not wanted, and a scrape that can perhaps be read beats none."""
    assert choose_format(accept).content_type == TEXT


@pytest.mark.parametrize(
    ("accept_encoding", "accepted"),
    [
        ("gzip", True),  # Prometheus
        ("gzip, deflate, br, zstd", True),  # browsers
        ("deflate, gzip", True),  # curl --compressed
        ("GZIP", True),
        ("x-gzip", True),
        ("*", True),
        ("gzip;q=0.001", True),
        ("identity;q=0.5, gzip;q=0.5", True),
        ("identity;q=0.5, gzip;q=1.0", True),
        ("gzip, *;q=0", True),
        ("identity;q=0, *", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q = 0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("identity, *;q=0.5", False),
        ("br, deflate", False),
        ("gzipped", False),
        ("gzip;q=", False),
        ("gzip;q=nan", False),
        ("gzip;q=2", False),
        (",;,=", False),
    ],
)
def test_gzip(accept_encoding: str, accepted: bool) -> None:
    """Compressed where it is accepted and not wanted less than the plain body."""
    assert accepts_gzip(accept_encoding) is accepted


headers = st.text() | st.lists(
    st.sampled_from(
        [OM, "text/plain", "*/*", "gzip", "*", "identity", ";", ",", "=", "q", "version", "1.0.0",
         "escaping", "dots", "0", "0.5", "nan", "1e999", '"', " ", "\t"]
    )
).map("".join)  # fmt: skip


@given(headers)
def test_any_header_is_answered(header: str) -> None:
    """No header raises, and the answer's header is always one of few."""
    choice = choose_format(header)
    known = {TEXT} if choice.format is Format.TEXT else {
        OPENMETRICS.replace("underscores", each)
        for each in ("allow-utf-8", "underscores", "dots", "values")
    }  # fmt: skip
    assert choice.content_type in known
    assert accepts_gzip(header) in {True, False}
