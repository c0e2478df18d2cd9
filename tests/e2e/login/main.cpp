// SPDX-License-Identifier: Apache-2.0
// Logs in to a real server with our client machine, over a blocking socket, and says what came of
// it: "MECHANISM online ADDRESS", or the reason of the end. Certificates are not checked: the
// servers of tests make their own.
//
//     client-login HOST PORT DOMAIN USER PASSWORD [mechanism=X] [sasl2] [direct] [legacy]
//                  [clear] [resume] [token]
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <netdb.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xmpp/core/random.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::xmpp;

struct Wanted {
    std::string host, port;
    ClientOptions options;
    bool resumes = false;
    bool uses_token = false;
};

int connect_to(const std::string& host, const std::string& port) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return -1;
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    bool fine = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    return fine ? fd : -1;
}

// RFC 5929 §4.1: by the hash of the certificate's signature, SHA-256 for the broken ones.
std::string end_point_of(SSL* ssl) {
    X509* certificate = SSL_get1_peer_certificate(ssl);
    if (!certificate) return {};
    int hash = NID_undef;
    OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash, nullptr);
    const EVP_MD* method = hash == NID_md5 || hash == NID_sha1 || hash == NID_undef
                               ? EVP_sha256()
                               : EVP_get_digestbynid(hash);
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    X509_digest(certificate, method, reinterpret_cast<unsigned char*>(out.data()), &size);
    X509_free(certificate);
    out.resize(size);
    return out;
}

class Connection {
  public:
    Connection(Wanted& wanted, ClientStream& stream) : wanted_(wanted), stream_(stream) {}
    ~Connection() {
        if (ssl_) SSL_free(ssl_);
        if (fd_ >= 0) ::close(fd_);
        SSL_CTX_free(context_);
    }

    /// Until the session stands, or the stream is over.
    void run() {
        fd_ = connect_to(wanted_.host, wanted_.port);
        if (fd_ < 0) return fail("no connection");
        if (wanted_.options.tls == ClientTls::direct) begin_tls();
        stream_.start(Clock::now());
        drain();
        while (!stream_.is_over() && !stream_.is_established()) turn();
        for (int i = 0; i < 3 && stream_.is_established(); ++i) turn();
    }
    void leave() {
        stream_.close(Clock::now());
        drain();
        while (!stream_.is_over()) turn();
    }
    std::string mechanism, token, token_mechanism;

  private:
    void fail(const char* why) {
        std::printf("%s\n", why);
        std::exit(2);
    }
    void turn() {
        char buffer[16384];
        pollfd wait{fd_, POLLIN, 0};
        bool is_there = (ssl_ && SSL_pending(ssl_) > 0) || ::poll(&wait, 1, 200) > 0;
        if (is_there) {
            long got =
                ssl_ ? SSL_read(ssl_, buffer, sizeof buffer) : ::read(fd_, buffer, sizeof buffer);
            if (got > 0)
                stream_.feed({buffer, static_cast<std::size_t>(got)}, Clock::now());
            else
                stream_.closed(Clock::now());
        }
        stream_.tick(Clock::now());
        drain();
    }
    void begin_tls() {
        ssl_ = SSL_new(context_);
        SSL_set_tlsext_host_name(ssl_, wanted_.options.domain.str().c_str());
        const unsigned char alpn[] = "\x0bxmpp-client";
        SSL_set_alpn_protos(ssl_, alpn, 12);
        SSL_set_fd(ssl_, fd_);
        if (SSL_connect(ssl_) != 1) return fail("no TLS");
        TlsDone binding;
        if (SSL_version(ssl_) >= TLS1_3_VERSION) {
            binding.exporter.resize(32);
            auto* out = reinterpret_cast<unsigned char*>(binding.exporter.data());
            const char label[] = "EXPORTER-Channel-Binding";
            SSL_export_keying_material(ssl_, out, 32, label, sizeof label - 1, nullptr, 0, 1);
        }
        binding.end_point = end_point_of(ssl_);
        stream_.tls_done(std::move(binding), Clock::now());
    }
    void drain() {
        while (auto output = stream_.poll()) {
            if (const auto* event = std::get_if<ClientStream::Event>(&*output)) {
                tell(*event);
                continue;
            }
            const Action& action = std::get<Action>(*output);
            if (const auto* write = std::get_if<Write>(&action)) send(write->bytes);
            if (std::holds_alternative<StartTls>(action)) begin_tls();
        }
    }
    void send(const std::string& bytes) {
        for (std::size_t at = 0; at < bytes.size();) {
            long sent =
                ssl_ ? SSL_write(ssl_, bytes.data() + at, static_cast<int>(bytes.size() - at))
                     : ::write(fd_, bytes.data() + at, bytes.size() - at);
            if (sent <= 0) return stream_.closed(Clock::now());
            at += static_cast<std::size_t>(sent);
        }
    }
    void tell(const ClientStream::Event& event) {
        if (const auto* in = std::get_if<LoggedIn>(&event)) mechanism = in->mechanism;
        if (const auto* issued = std::get_if<TokenIssued>(&event)) {
            token = issued->token;
            token_mechanism = issued->mechanism;
        }
        if (const auto* up = std::get_if<Online>(&event))
            std::printf(
                "%s %s %s\n",
                mechanism.empty() ? "iq-auth" : mechanism.c_str(),
                up->is_resumed ? "resumed" : "online",
                up->full.str().c_str()
            );
        const auto* ended = std::get_if<Ended>(&event);
        if (ended && ended->reason != "closed")
            std::printf("ended: %s (%s)\n", ended->reason.c_str(), ended->text.c_str());
    }

    Wanted& wanted_;
    ClientStream& stream_;
    SSL_CTX* context_ = SSL_CTX_new(TLS_client_method());
    SSL* ssl_ = nullptr;
    int fd_ = -1;
};

void set_word(Wanted& wanted, const std::string& word) {
    ClientOptions& o = wanted.options;
    if (word.starts_with("mechanism=")) o.mechanisms = {word.substr(10)};
    if (word == "mechanism=ANONYMOUS") {
        o.user.clear();
        o.secrets = {};
        o.secrets.is_anonymous = true;
    }
    if (word == "sasl2") o.allows_sasl2 = true;
    if (word == "direct") o.tls = ClientTls::direct;
    if (word == "clear") o.tls = ClientTls::optional;
    if (word == "legacy") o.allows_legacy = true;
    if (word == "resume") wanted.resumes = true;
    if (word == "token") wanted.uses_token = o.wants_token = o.allows_sasl2 = true;
}

Wanted read(const std::vector<std::string>& words) {
    Wanted wanted;
    wanted.host = words[0];
    wanted.port = words[1];
    ClientOptions& o = wanted.options;
    o.domain = Jid::parse(words[2]).value();
    o.user = words[3];
    o.secrets.password = words[4];
    o.allows_sasl2 = false;
    o.nonce = random_id();
    o.agent = {"d4565fa7-4d72-4749-b3d3-740edbf87770", "Sallyport", "tests"};
    for (std::size_t i = 5; i < words.size(); ++i) set_word(wanted, words[i]);
    return wanted;
}

}  // namespace

int main(int count, char** words) {
    if (count < 6) return 2;
    std::vector<std::string> all(words + 1, words + count);
    Wanted wanted = read(all);
    Wanted again = read(all);
    bool comes_back = wanted.resumes || wanted.uses_token;
    ClientTls tls = wanted.options.tls;
    auto stream = std::make_unique<ClientStream>(std::move(wanted.options));
    wanted.options.domain = again.options.domain;
    wanted.options.tls = tls;
    auto link = std::make_unique<Connection>(wanted, *stream);
    link->run();
    bool stood = stream->is_established();
    if (!stood || !comes_back) {
        if (stood) link->leave();
        return stood ? 0 : 1;
    }
    again.options.secrets.fast_token = link->token;
    again.options.secrets.fast_mechanism = link->token_mechanism;
    if (wanted.resumes)
        stream->closed(Clock::now()), again.options.resumable = stream->take_resumable();
    else
        link->leave();
    link.reset();
    Jid domain = again.options.domain;
    auto second = std::make_unique<ClientStream>(std::move(again.options));
    again.options.domain = domain;
    again.options.tls = tls;
    Connection last(again, *second);
    last.run();
    stood = second->is_established();
    if (stood) last.leave();
    return stood ? 0 : 1;
}
