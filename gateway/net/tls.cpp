// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls.hpp"

#include <array>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "gateway/net/deleter.hpp"
#include "gateway/net/error.hpp"
#include "gateway/net/tls_binding.hpp"
#include "gateway/net/tls_names.hpp"
#include "gateway/net/tls_verify.hpp"
#include "xmpp/core/jid_prep.hpp"

namespace sallyport::net {
namespace {

using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;

constexpr std::size_t record_bytes = 16 * 1024;  // RFC 8446 §5.1
constexpr std::size_t record_overhead = 64;      // header, type, tag; TLS 1.2: nonce, padding too

std::string last_openssl_error(std::string_view fallback) {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason != nullptr ? std::string(reason) : std::string(fallback);
}

/// Between OpenSSL and our buffers: reads take from a view of the caller's bytes, writes append to
/// the caller's string. Nothing is kept, so a session at rest has no buffers
/// (SSL_MODE_RELEASE_BUFFERS does the same inside OpenSSL).
struct Wire {
    std::string_view in;
    std::string* out = nullptr;
};

int wire_read(BIO* bio, char* data, int size) {
    auto* wire = static_cast<Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (wire->in.empty()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const std::size_t count = std::min(wire->in.size(), static_cast<std::size_t>(size));
    std::memcpy(data, wire->in.data(), count);
    wire->in.remove_prefix(count);
    return static_cast<int>(count);
}

int wire_write(BIO* bio, const char* data, int size) {
    auto* wire = static_cast<Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (wire->out == nullptr) return -1;
    wire->out->append(data, static_cast<std::size_t>(size));
    return size;
}

long wire_control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int wire_create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD* wire_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made =
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sallyport wire");
        BIO_meth_set_read(made, wire_read);
        BIO_meth_set_write(made, wire_write);
        BIO_meth_set_ctrl(made, wire_control);
        BIO_meth_set_create(made, wire_create);
        return made;
    }();
    return method;
}

class Session final : public TlsSession {
  public:
    /// A server's. `context`: kept for as long as a handshake may look at its options.
    Session(SslPtr ssl, std::shared_ptr<const TlsContext> context, const ServerTlsOptions& options)
        : context_(std::move(context)), ssl_(std::move(ssl)), is_strict_(options.is_strict) {
        attach();
        if (options.client_ca) judge_client_into(*ssl_, peer_);
        SSL_set_accept_state(ssl_.get());
    }
    /// A client's.
    Session(SslPtr ssl, std::shared_ptr<const TlsContext> context, TlsPeer expected)
        : context_(std::move(context)),
          peer_(std::make_unique<TlsPeer>(std::move(expected))),
          ssl_(std::move(ssl)),
          is_strict_(true) {
        attach();
        expect_server(*ssl_, *peer_);
        SSL_set_connect_state(ssl_.get());
    }

    Result<> start(std::string& wire) override {
        const Lend lend(wire_, {}, &wire);
        return handshake();
    }

    Result<> feed(
        std::string_view bytes,
        std::string& wire,
        const std::function<void(std::string_view)>& plain
    ) override;
    Result<> write(std::string_view plain, std::string& wire) override;

    void close(std::string& wire) override {
        const Lend lend(wire_, {}, &wire);
        ERR_clear_error();
        if (!failed_ && is_established()) SSL_shutdown(ssl_.get());
    }

    bool is_established() const override { return SSL_is_init_finished(ssl_.get()) == 1; }
    bool is_closed_by_peer() const override {
        return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }
    TlsDone binding() const override;

  private:
    /// Lends the caller's buffers for one call.
    class Lend {
      public:
        Lend(Wire& wire, std::string_view in, std::string* out) : wire_(wire) { wire_ = {in, out}; }
        ~Lend() { wire_ = {}; }
        Lend(const Lend&) = delete;
        Lend& operator=(const Lend&) = delete;

      private:
        Wire& wire_;
    };

    void attach() {
        BIO* bio = BIO_new(wire_method());
        BIO_set_data(bio, &wire_);
        SSL_set_bio(ssl_.get(), bio, bio);
    }
    Result<> handshake();
    Error failure();

    Wire wire_;  ///< before ssl_, which holds its address
    std::shared_ptr<const TlsContext> context_;
    /// A client's from the start, a server's once it was shown a certificate; before ssl_ as well.
    std::unique_ptr<TlsPeer> peer_;
    SslPtr ssl_;
    bool is_strict_;
    bool failed_ = false;
};

Error Session::failure() {
    failed_ = true;
    std::string reason = last_openssl_error("handshake failed");
    const bool is_client = SSL_is_server(ssl_.get()) == 0;
    if (is_client && !peer_->problem.empty())
        return make_error(Fault::certificate, std::exchange(peer_->problem, {}));
    return make_error(Fault::tls, std::move(reason));
}

Result<> Session::handshake() {
    ERR_clear_error();
    const int code = SSL_do_handshake(ssl_.get());
    if (code != 1 && SSL_get_error(ssl_.get(), code) != SSL_ERROR_WANT_READ) return failure();
    if (code == 1 && is_strict_ && is_spliceable(*ssl_)) {
        failed_ = true;
        return make_error(Fault::tls, "TLS 1.2 without extended master secret");
    }
    return {};
}

Result<> Session::feed(
    std::string_view bytes, std::string& wire, const std::function<void(std::string_view)>& plain
) {
    if (failed_) return make_error(Fault::tls, "session is dead");
    const Lend lend(wire_, bytes, &wire);
    if (!is_established()) {
        Result<> shaken = handshake();
        if (!shaken || !is_established()) return shaken;
    }
    // One record at a time; not inside a session's frame, for many sessions share this stack.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled by what is read
    std::array<char, 16 * 1024> buffer;
    while (true) {
        ERR_clear_error();
        const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
        if (count > 0) {
            plain(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
            continue;
        }
        const int reason = SSL_get_error(ssl_.get(), count);
        if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_ZERO_RETURN) return {};
        return failure();
    }
}

Result<> Session::write(std::string_view plain, std::string& wire) {
    if (failed_) return make_error(Fault::tls, "session is dead");
    const Lend lend(wire_, {}, &wire);
    wire.reserve(wire.size() + plain.size() + record_overhead * (1 + plain.size() / record_bytes));
    while (!plain.empty()) {
        const std::size_t piece = std::min<std::size_t>(plain.size(), 1 << 30);
        ERR_clear_error();
        const int count = SSL_write(ssl_.get(), plain.data(), static_cast<int>(piece));
        if (count <= 0) return failure();
        plain.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

TlsDone Session::binding() const {
    if (is_spliceable(*ssl_)) return {};  // RFC 9266 §3: such a binding binds nothing
    TlsDone done = read_bindings(*ssl_);
    if (peer_ && SSL_is_server(ssl_.get()) != 0) {
        done.certified = peer_->addresses;
        done.refusal = peer_->problem;
    }
    return done;
}

bool is_literal_address(const std::string& name) {
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return inet_pton(AF_INET, name.c_str(), ignored.data()) == 1 ||
           inet_pton(AF_INET6, name.c_str(), ignored.data()) == 1;
}

class Context final : public TlsContext, public std::enable_shared_from_this<Context> {
  public:
    Context(ContextPtr context, ClientTlsOptions options)
        : context_(std::move(context)), client_(std::move(options)) {
        const std::string wire = static_cast<char>(client_->alpn.size()) + client_->alpn;
        if (!client_->alpn.empty())  // 0 is success, unlike elsewhere
            SSL_CTX_set_alpn_protos(
                context_.get(),
                reinterpret_cast<const unsigned char*>(wire.data()),
                static_cast<unsigned>(wire.size())
            );
    }
    Context(ContextPtr context, const ServerTlsOptions& options)
        : context_(std::move(context)), options_(options) {
        SSL_CTX_set_options(context_.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
        // The suite with SHA-256 first: processors have instructions for it, for SHA-384 few do,
        // and a handshake derives some twenty keys.
        SSL_CTX_set_ciphersuites(
            context_.get(),
            "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
        );
        if (!options_.alpn.empty())
            SSL_CTX_set_alpn_select_cb(context_.get(), &Context::select_protocol, this);
        if (!options_.is_strict) return;
        SSL_CTX_set_options(context_.get(), SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context_.get(), 0);
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
    }

    std::unique_ptr<TlsSession> make_session(std::string_view name) const override {
        SslPtr ssl(SSL_new(context_.get()));
        if (!client_)
            return std::make_unique<Session>(std::move(ssl), shared_from_this(), options_);
        TlsPeer expected;
        // What cannot be spelt so is for nobody: the handshake fails with what the name was.
        const Result<std::string> ascii = xmpp::domain_to_ascii(name);
        expected.name = ascii ? *ascii : std::string(name);
        expected.service = client_->service;
        if (!is_literal_address(expected.name))
            SSL_set_tlsext_host_name(ssl.get(), std::string(without_root(expected.name)).c_str());
        return std::make_unique<Session>(std::move(ssl), shared_from_this(), std::move(expected));
    }

  private:
    /// RFC 7301 §3.2. `offered`: names, each behind its length.
    static int select_protocol(
        SSL*,
        const unsigned char** chosen,
        unsigned char* length,
        const unsigned char* offered,
        unsigned size,
        void* self
    ) {
        const ServerTlsOptions& options = static_cast<const Context*>(self)->options_;
        for (unsigned at = 0; at < size; at += offered[at] + 1U) {
            const std::string_view name(
                reinterpret_cast<const char*>(offered) + at + 1, offered[at]
            );
            if (name != options.alpn) continue;
            *chosen = offered + at + 1;
            *length = offered[at];
            return SSL_TLSEXT_ERR_OK;
        }
        return options.requires_alpn_match ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
    }
    ContextPtr context_;
    std::optional<ClientTlsOptions> client_;  ///< absent: a server's
    ServerTlsOptions options_;
};

Result<> show(SSL_CTX& context, const TlsIdentity& own) {
    const auto fail = [](const std::filesystem::path& file) {
        return make_error(Fault::tls, file.string() + ": " + last_openssl_error("cannot be read"));
    };
    if (SSL_CTX_use_certificate_chain_file(&context, own.chain.c_str()) != 1)
        return fail(own.chain);
    if (SSL_CTX_use_PrivateKey_file(&context, own.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return fail(own.key);
    if (SSL_CTX_check_private_key(&context) == 1) return {};
    ERR_clear_error();
    return make_error(
        Fault::tls,
        own.key.string() + ": does not belong to the certificate in " + own.chain.string()
    );
}

ContextPtr make_context(const SSL_METHOD* method) {
    ContextPtr context(SSL_CTX_new(method));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(
        context.get(),
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    return context;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> make_client_tls(
    const std::optional<std::filesystem::path>& ca, const ClientTlsOptions& options
) {
    ContextPtr context = make_context(TLS_client_method());
    ERR_clear_error();
    if (!ca) {
        SSL_CTX_set_default_verify_paths(context.get());
    } else if (SSL_CTX_load_verify_file(context.get(), ca->c_str()) != 1) {
        return make_error(Fault::tls, ca->string() + ": " + last_openssl_error("cannot be read"));
    }
    if (options.identity)
        if (auto shown = show(*context, *options.identity); !shown) return shown.error();
    return std::shared_ptr<const TlsContext>(std::make_shared<Context>(std::move(context), options)
    );
}

Result<std::shared_ptr<const TlsContext>> make_server_tls(
    const std::filesystem::path& chain,
    const std::filesystem::path& key,
    const ServerTlsOptions& options
) {
    ContextPtr context = make_context(TLS_server_method());
    ERR_clear_error();
    if (auto shown = show(*context, {chain, key}); !shown) return shown.error();
    if (options.client_ca)
        if (auto asked = ask_clients(*context, *options.client_ca); !asked) return asked.error();
    return std::shared_ptr<const TlsContext>(std::make_shared<Context>(std::move(context), options)
    );
}

}  // namespace sallyport::net
