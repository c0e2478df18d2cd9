# SPDX-License-Identifier: Apache-2.0
"""Certificates of clients (RFC 6120 §13.7.1.3), by openssl: an issuer that servers are told to believe, and one that nobody knows."""
import pathlib
import subprocess

XMPP_ADDRESS = "otherName:1.3.6.1.5.5.7.8.5;UTF8:"     # id-on-xmppAddr


class Issuer:
    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory)
        self.certificate, self.key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        _openssl("req", "-x509", *_new_key(self.key), "-days", "30", "-subj", f"/CN={name}", "-out", self.certificate)

    def issue(self, name, *addresses, days=30):
        """(certificate, key) for these addresses; with `days=-1` it has expired. The common name is always juliet's, and must not count."""
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        names = ",".join(XMPP_ADDRESS + address for address in addresses)
        extensions.write_text("basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n" + (f"subjectAltName={names}\n" if names else ""))
        _openssl("req", "-new", *_new_key(key), "-subj", "/CN=juliet@example.org", "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", str(days),
                 "-extfile", extensions, "-out", certificate)
        return certificate, key


def _new_key(path):
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path


def _openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
