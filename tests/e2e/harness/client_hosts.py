# SPDX-License-Identifier: Apache-2.0
"""Servers as ordinary clients meet them: encryption, direct TLS, a WebSocket, resumption. For tests/e2e/clients."""
from .embedded import Embedded
from .hosts import Prosody
from .process import free_port


class ClientProsody(Prosody):
    """The real Prosody: what passes here and not on ours is ours to mend."""

    encrypted = True

    def __init__(self, directory, _build=None):
        super().__init__(directory)
        self.tls_port, self._http = free_port(), free_port()
        self.websocket = f"ws://127.0.0.1:{self._http}/xmpp-websocket"
        self.client_ca = self.directory / "cert.pem"

    def _configure(self):
        super()._configure()
        path = self.directory / "prosody.cfg.lua"
        text = path.read_text().replace('modules_enabled = { "tls",', 'modules_enabled = { "tls", "smacks", "websocket",')
        globals_ = (f"c2s_direct_tls_ports = {{ {self.tls_port} }}\nhttp_ports = {{ {self._http} }}\nhttps_ports = {{ }}\n"
                    'http_interfaces = { "127.0.0.1" }\nhttp_default_host = "' + self.vhost + '"\nconsider_websocket_secure = true\n'
                    f'https_ssl = {{ key = "{self.directory}/key.pem", certificate = "{self.directory}/cert.pem" }}\n'
                    f'c2s_direct_tls_ssl = {{ key = "{self.directory}/key.pem", certificate = "{self.directory}/cert.pem" }}\n')
        path.write_text(globals_ + text)


HOSTS = {"prosody": ClientProsody, "embedded": Embedded}
