"""`--web.config.file`: what is wrong is said exactly, and nothing that protects is ignored."""

import re
import shutil
import ssl
from pathlib import Path

import bcrypt
import pytest
import trustme
import yaml
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.settings.yaml_file import ConfigError
from exporter.web.port.tls import SUITES
from exporter.web.port.web_config import WebConfig, load_web

BAD = Path(__file__).parent / "bad_web_config"
HASH = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4)).decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bad files beside certificates and keys, good and bad."""
    folder = tmp_path_factory.mktemp("web")
    shutil.copytree(BAD, folder, dirs_exist_ok=True)
    ca = trustme.CA()
    server = ca.issue_cert("localhost")
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    server.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))
    server.private_key_pem.write_to_path(str(folder / "server.key"))
    ca.issue_cert("other").private_key_pem.write_to_path(str(folder / "other.key"))
    garbled = "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n"
    (folder / "garbled.pem").write_text(garbled)
    locked = BestAvailableEncryption(b"password")
    key = load_pem_private_key(server.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    (folder / "encrypted.key").write_bytes(encrypted)
    return folder


@pytest.fixture
def _inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def loaded(folder: Path, text: str) -> WebConfig:
    file = folder / "good.yml"
    file.write_text(text, encoding="utf-8")
    return load_web(file)


# What is wrong


@pytest.mark.usefixtures("_inside")
@pytest.mark.parametrize(
    "file",
    [pytest.param(each.name, id=each.stem) for each in sorted(BAD.glob("*.yaml"))],
)
def test_every_mistake_is_said_with_its_place(file: str) -> None:
    """All problems at once, one line each, exactly as the file's head says."""
    head = re.findall(r"^# expect: (.*)$", Path(file).read_text(), re.MULTILINE)
    with pytest.raises(ConfigError) as caught:
        load_web(Path(file))
    said = str(caught.value).split("\n")
    assert said == [f"{file}:{' ' if each[0].isalpha() else ''}{each}" for each in head]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.yaml", "No such file or directory"), (".", "Is a directory")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    """The system's reason, and the flag that names the file."""
    said = f"{tmp_path / name}: cannot be read: {reason}; set the file with --web.config.file"
    with pytest.raises(ConfigError, match=re.escape(said)):
        load_web(tmp_path / name)


@pytest.mark.usefixtures("_inside")
@pytest.mark.parametrize("file", ["passwords.yaml", "hash_as_user.yaml", "user_twice.yaml"])
def test_what_is_wrong_shows_no_password(file: str) -> None:
    """Neither a hash nor what stands in its place."""
    with pytest.raises(ConfigError) as caught:
        load_web(Path(file))
    for secret in ("correct-horse", "hLqFl9jSjoAAy95Z", "saltsalt"):
        assert secret not in str(caught.value)


WORDS = (
    "tls_server_config http_server_config basic_auth_users rate_limit cert_file key_file "
    "client_ca_file client_auth_type client_allowed_sans min_version cipher_suites headers http2 "
    "X-Frame-Options alice"
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.text()
        | st.sampled_from(["TLS12", "TLS13", "server.pem", "server.key", HASH, "deny", "nosniff"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.text() | st.sampled_from(WORDS.split()),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_structure_is_a_configuration_or_a_problem(folder: Path, structure: object) -> None:
    """Nothing else is raised, whatever YAML can say; a problem fits on a line."""
    said: list[str] = []
    try:
        assert isinstance(loaded(folder, yaml.safe_dump(structure)), WebConfig)
    except ConfigError as error:
        said = [str(each) for each in error.problems] or ["\n"]
    assert all("\n" not in each for each in said)


# What is right

WHOLE = f"""
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example, "2001:db8:0::1"]
  min_version: TLS12
  max_version: TLS12
  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: false
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: sameorigin
    Content-Security-Policy: ""
basic_auth_users:
  alice: {HASH}
"""


def test_a_whole_file(folder: Path) -> None:
    """Every key that is supported, with files beside the file and not beside the process."""
    config = loaded(folder, WHOLE)
    tls = config.tls_server_config
    assert tls
    assert config.files == (folder / "server.pem", folder / "server.key", folder / "ca.pem")
    assert tls.allowed_names == {"prometheus.example", "2001:db8::1"}
    context = tls.context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is context.maximum_version is ssl.TLSVersion.TLSv1_2
    assert not context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    ciphers = {each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"}
    assert ciphers == {"ECDHE-RSA-AES128-GCM-SHA256"}
    assert config.http_server_config.headers["Content-Security-Policy"] == ""
    assert "alice" not in repr(config)
    assert HASH not in repr(config)


def test_the_defaults(folder: Path) -> None:
    """TLS 1.2 and 1.3, nobody is asked for a certificate, the server's order of ciphers."""
    config = loaded(folder, "tls_server_config: {cert_file: server.pem, key_file: server.key}")
    assert config.tls_server_config
    context = config.tls_server_config.context
    assert context.verify_mode is ssl.CERT_NONE
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.maximum_version is ssl.TLSVersion.TLSv1_3
    assert context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    assert not config.basic_auth_users


@pytest.mark.parametrize("name", SUITES)
def test_each_cipher_suite_of_go_is_one_of_openssl(folder: Path, name: str) -> None:
    """Alone it is all that TLS 1.2 has; those of TLS 1.3 are always on, as in Go."""
    tls = "{cert_file: server.pem, key_file: server.key, cipher_suites: [NAME]VERSION}"
    version = "" if SUITES[name] else ", min_version: TLS13"
    text = tls.replace("NAME", name).replace("VERSION", version)
    config = loaded(folder, f"tls_server_config: {text}")
    assert config.tls_server_config
    ciphers = config.tls_server_config.context.get_ciphers()
    older = [each["name"] for each in ciphers if each["protocol"] != "TLSv1.3"]
    assert {each["name"] for each in ciphers} >= {"TLS_AES_256_GCM_SHA384"}
    if SUITES[name]:
        assert older == [SUITES[name]]


def test_users_alone(folder: Path) -> None:
    """The example of exporter-toolkit's users; hashes of all three spellings."""
    users = {
        "alice": "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze",
        "bob": HASH.replace("$2b$", "$2a$"),
        "carol": HASH,
    }
    config = loaded(folder, yaml.safe_dump({"basic_auth_users": users}))
    assert config.basic_auth_users == users
    assert config.tls_server_config is None
