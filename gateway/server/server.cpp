// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/server.hpp"

#include <utility>

#include "gateway/net/self_signed.hpp"
#include "gateway/net/tls.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::server {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds stop_grace{3};
constexpr xmpp::ReaderLimits strangers_limits{
    .stanza_bytes = 8 * 1024,
    .token_bytes = 8 * 1024,
    .depth = 8,
    .elements = 32,
    .attributes = 32,
    .namespaces = 16};
constexpr xmpp::ReaderLimits users_limits{.stanza_bytes = 256 * 1024};
// RFC 7301's registry, XEP-0368.
constexpr std::string_view protocol = "xmpp-client";
constexpr std::string_view web_protocol = "http/1.1";

const std::vector<std::string>& mechanisms() {
    static const std::vector<std::string> all{
        "EXTERNAL",  // first: RFC 6120 §6.3.4
        "SCRAM-SHA-512-PLUS",
        "SCRAM-SHA-512",
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-1",
        "DIGEST-MD5",  // these two with `legacy` alone
        "CRAM-MD5",
        "PLAIN",
        "HT-SHA-256-EXPR",
        "HT-SHA-256-ENDP",
        "HT-SHA-256-NONE"};
    return all;
}

/// The operator's certificate, or one of our own making for this domain.
Result<config::Certificate> find_certificate(
    const config::ServerConfig& section, const fs::path& data
) {
    if (section.certificate) return *section.certificate;
    const std::string stem = "self-signed-" + section.domain.str();
    config::Certificate own{data / (stem + ".pem"), data / (stem + ".key")};
    std::error_code ignored;
    if (fs::exists(own.chain, ignored) && fs::exists(own.key, ignored)) return own;
    if (auto made = net::make_self_signed(section.domain.domain(), own.chain, own.key); !made)
        return made.error();
    return own;
}

HubOptions hub_options(const config::ServerConfig& section) {
    HubOptions options;
    options.domain = section.domain;
    if (section.conflict == config::ServerConfig::Conflict::refuse)
        options.conflict = ConflictPolicy::refuse_new;
    options.max_sessions = static_cast<std::size_t>(section.sessions);
    return options;
}

}  // namespace

Server::Server(Tools tools, const config::ServerConfig& section)
    : tools_(std::move(tools)),
      hub_(tools_.core.world(), hub_options(section)),
      auth_(tools_.core.world(), section.domain, section.legacy),
      tokens_(tools_.core.world(), section.domain, tools_.token_key),
      services_(
          hub_,
          StandardOptions{
              .archive = tools_.archive,
              .is_registration_open =
                  section.registration == config::ServerConfig::Registration::open,
              .derive_keys =
                  [this](
                      const std::string& who,
                      const xmpp::Jid& account,
                      std::string password,
                      auto done
                  ) {
                      return auth_.derive_for(who, account, std::move(password), std::move(done));
                  },
              .uploads = tools_.uploads}
      ),
      clients_(C2sListener::Tools{
          hub_,
          auth_,
          tokens_,
          services_.registration(),
          tools_.timers,
          DoorLimits{},
          static_cast<std::size_t>(section.read_rate_bytes),
          services_.archive() ? &*services_.archive() : nullptr}),
      components_(hub_, tools_.timers, section.components) {
    hub_.set_core(tools_.core);
    auth_.erase_unwanted_keys();
    hub_.set_on_ended([this](const xmpp::Jid& account) { clients_.end_logins(account.local()); });
}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::make(Tools tools, const config::ServerConfig& section) {
    std::unique_ptr<Server> made(new Server(std::move(tools), section));
    auto identity = made->read_identity(section);
    if (!identity) return identity.error();
    made->show(*std::move(identity));
    return made;
}

Result<Server::Identity> Server::read_identity(const config::ServerConfig& section) const {
    auto certificate = find_certificate(section, tools_.data);
    if (!certificate) return certificate.error();
    net::ServerTlsOptions options{std::string(protocol), false, true, section.client_ca};
    auto tls = net::make_server_tls(certificate->chain, certificate->key, options);
    if (!tls) return tls.error();
    options.requires_alpn_match = true;
    auto direct = net::make_server_tls(certificate->chain, certificate->key, options);
    if (!direct) return direct.error();
    options.alpn = web_protocol;
    options.client_ca.reset();  // a browser would ask its user for one, on any page of ours
    auto web = net::make_server_tls(certificate->chain, certificate->key, options);
    if (!web) return web.error();
    auto fingerprint = net::certificate_fingerprint(certificate->chain);
    if (!fingerprint) return fingerprint.error();
    return Identity{
        {*std::move(tls), *std::move(direct), *std::move(web)},
        *std::move(fingerprint),
        !section.certificate};
}

void Server::show(Identity identity) {
    identity_ = std::move(identity);
    clients_.set_tls(identity_.tls);
    hub_.world().log.info(
        "server.certificate",
        {{"sha256", identity_.fingerprint},
         {"self_signed", identity_.is_self_signed ? "yes" : "no"}}
    );
}

std::shared_ptr<xmpp::ServerStreamOptions> Server::stream_options(
    const config::ServerConfig& section, xmpp::TlsPolicy tls
) const {
    auto options = std::make_shared<xmpp::ServerStreamOptions>();
    options->domain = section.domain;
    options->tls = tls;
    options->offers_registration = section.registration == config::ServerConfig::Registration::open;
    // To fill in a form takes longer than to send a password (xmpp.md §5.3).
    if (options->offers_registration) options->times.negotiation = std::chrono::seconds(60);
    options->offers_sasl2 = true;
    options->offers_fast = true;
    options->offers_client_state = true;
    options->offers_carbons = true;
    options->allows_legacy = section.legacy == Legacy::on;
    options->offers_compression = section.compression == config::ServerConfig::Compression::zlib;
    options->mechanisms = mechanisms();
    options->before_auth = strangers_limits;
    options->after_auth = users_limits;
    options->fake_salt_key = tools_.unknown_key;
    options->session_features.emplace_back("ver", "urn:xmpp:features:rosterver");
    options->session_features.emplace_back("sub", "urn:xmpp:features:pre-approval");
    return options;
}

Result<> Server::listen(const config::ServerConfig& section) {
    using xmpp::TlsPolicy;
    if (const auto& address = section.listen.c2s) {
        const bool is_required = section.tls == config::ServerConfig::TlsNeed::required;
        const TlsPolicy policy = is_required ? TlsPolicy::required : TlsPolicy::optional;
        auto opened = clients_.listen(*address, stream_options(section, policy));
        if (!opened) return opened;
    }
    if (const auto& address = section.listen.c2s_tls) {
        auto opened = clients_.listen(*address, stream_options(section, TlsPolicy::done));
        if (!opened) return opened;
    }
    if (const auto& address = section.listen.websocket) {
        auto options = stream_options(section, TlsPolicy::done);
        options->is_websocket = true;
        auto opened = clients_.listen(*address, std::move(options));
        if (!opened) return opened;
    }
    if (const auto& address = section.listen.components)
        if (auto opened = components_.listen(*address); !opened) return opened;
    for (const config::Endpoint& endpoint : clients_.endpoints())
        hub_.world().log.info(
            "server.listening", {{"domain", section.domain.str()}, {"at", endpoint.to_string()}}
        );
    return {};
}

void Server::stop_listening() {
    clients_.stop_listening();
    components_.stop_listening();
}

void Server::close_connections() {
    clients_.drop();
    components_.drop();
}

void Server::stop(std::function<void()> stopped) {
    stop_listening();
    hub_.shut_down();
    clients_.shut_down();
    components_.shut_down();
    auto is_done = std::make_shared<bool>(false);
    const auto once = [is_done, stopped = std::move(stopped)] {
        if (!std::exchange(*is_done, true)) stopped();
    };
    clients_.when_empty([this, once] { components_.when_empty(once); });
    static_cast<void>(tools_.timers.after(stop_grace, once));
}

}  // namespace sallyport::server
