# SPDX-License-Identifier: Apache-2.0
"""XEP-0138 over real sockets: what our client and a server say to each other compressed, and what a server does with a bomb."""
import base64
import pathlib
import socket
import ssl
import zlib

NOTE_BYTES = 40_000     # of one letter: compressed next to nothing, and within what every server takes
BOMB_BYTES = 64 << 20
MEMORY_KIB = 24 << 10   # that a bomb may cost at most


def is_small(carried):
    """Whether so many bytes on the wire are a compressed login and note. In the clear the note alone is as much in each direction."""
    return carried < NOTE_BYTES


def make_header(vhost):
    return (f"<?xml version='1.0'?><stream:stream to='{vhost}' version='1.0' xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams'>").encode()


class Secure:
    """A stream by hand as far as what is offered under TLS."""

    def __init__(self, port, vhost):
        header = make_header(vhost)
        self.link = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.link.sendall(header)
        self.until(b"</stream:features>")
        self.link.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.until(b"proceed")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.link = context.wrap_socket(self.link, server_hostname=vhost)
        self.link.sendall(header)
        self.before = self.until(b"</stream:features>")

    def until(self, mark):
        text = b""
        while mark not in text:
            piece = self.link.recv(65536)
            assert piece, f"closed: {text}"
            text += piece
        return text


class Raw(Secure):
    """juliet's stream, by hand: TLS, PLAIN, then XEP-0138."""

    def __init__(self, port, vhost):
        super().__init__(port, vhost)
        proof = base64.b64encode(b"\0juliet\0pw").decode()
        self.link.sendall(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>".encode())
        self.until(b"<success")
        self.link.sendall(make_header(vhost))
        self.behind = self.until(b"</stream:features>")

    def compress(self):
        self.link.sendall(b"<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>")
        self.until(b"<compressed")

    def answer_to(self, bomb):
        """What the server says, decompressed, until it closes."""
        said, inflate = b"", zlib.decompressobj()
        try:
            self.link.sendall(bomb)
            while piece := self.link.recv(65536):
                said += inflate.decompress(piece)
        except ConnectionError:     # it need not read to the end of what it does not want
            pass
        return said.decode()


def memory_kib(pid):
    """The most that the process ever had."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def bombs(header):
    """White space between stanzas, which no limit on stanzas meets, and one endless stanza."""
    def packed(*parts):
        deflate = zlib.compressobj(9)
        return b"".join(deflate.compress(part) for part in parts) + deflate.flush(zlib.Z_SYNC_FLUSH)
    yield packed(header, b" " * BOMB_BYTES)
    yield packed(header, b"<message to='juliet@example.org'><body>", b"x" * BOMB_BYTES)


def explode(port, vhost, pid):
    """(passed, what was said) of all bombs against the listener of this process."""
    told = []
    for bomb in bombs(make_header(vhost)):
        raw = Raw(port, vhost)
        if b"jabber.org/features/compress" in raw.before:
            return False, "compression is offered before the login"
        if b"jabber.org/features/compress" not in raw.behind:
            return False, "compression is not offered behind the login"
        raw.compress()
        before = memory_kib(pid)
        said = raw.answer_to(bomb)
        grown = memory_kib(pid) - before
        told.append(f"{said[-160:]!r}, {grown} KiB more")
        if "policy-violation" not in said or grown > MEMORY_KIB:
            return False, told[-1]
    return True, "; ".join(told)
