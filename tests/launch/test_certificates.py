"""What clients verify the certificates of servers with."""

import ssl

from app.launch.certificates import trusted_by_clients_of


def test_authorities_are_read_once_and_verified_against() -> None:
    trusted = trusted_by_clients_of("https://a.example")

    assert (trusted.verify_mode, trusted.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert trusted.cert_store_stats()["x509_ca"] > 0
    assert trusted_by_clients_of("HTTPS://b.example") is trusted


def test_plain_http_needs_none_and_still_trusts_nobody() -> None:
    trusted = trusted_by_clients_of("http://a.example")

    assert (trusted.verify_mode, trusted.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert trusted.cert_store_stats()["x509_ca"] == 0
