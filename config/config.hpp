// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/provider_description.hpp"
#include "config/secret.hpp"
#include "config/source.hpp"
#include "config/units.hpp"
#include "xmpp/core/jid.hpp"

/// What `sallyport.yaml` and `transports/*.yaml` say, checked and resolved: every default and unit
/// on this page. All paths are absolute, all JIDs normalised, all numbers "+E164" (or short codes
/// as written).
namespace sallyport::config {

// --- sallyport.yaml -----------------------------------------------------------------------------

struct Storage {
    enum class Kind { sqlite };
    Kind kind = Kind::sqlite;
    std::filesystem::path path;  ///< relative ones are taken from `data`; ":memory:" for tests
};

enum class Role { none, user };

/// One line of `access:`; the first that matches a bare JID decides, no match is Role::none.
struct AccessRule {
    enum class Who { anyone, domain, jid };
    Who who = Who::anyone;
    xmpp::Jid jid;  ///< the bare JID or the domain; empty for anyone
    Role role = Role::none;

    bool matches(const xmpp::Jid& user) const;
};

/// A server that we attach to as a component (XEP-0114).
struct HostConfig {
    std::string name;  ///< its key in `hosts:`
    Endpoint address;
    Tls tls;
    std::vector<xmpp::Jid> vhosts;  ///< at least one; the first is pinged for the ack barrier
    SourcePos pos;
};

struct Certificate {
    std::filesystem::path chain;
    std::filesystem::path key;
};

/// The embedded server.
struct ServerConfig {
    struct Listen {
        std::optional<Endpoint> c2s, c2s_tls, websocket, components;
    };
    struct Component {
        xmpp::Jid domain;
        Secret secret;
        SourcePos pos;
    };
    enum class Registration { closed, open };
    enum class TlsNeed { required, optional };
    enum class Compression { off, zlib };
    enum class Conflict { replace, refuse };
    enum class Legacy { off, on };

    xmpp::Jid domain;
    Listen listen;
    /// Where a proxy shows the WebSocket to the world, for host-meta (XEP-0156). Absent: on the
    /// domain at the listener's port, unless that listens on this machine alone.
    std::optional<std::string> websocket_url;
    std::optional<Certificate> certificate;  ///< absent: a self-signed one is made in data/
    /// Whose certificates of clients stand for accounts (SASL EXTERNAL): issuers, and their CRLs.
    /// Absent: clients are not asked for one.
    std::optional<std::filesystem::path> client_ca;
    Registration registration = Registration::closed;
    TlsNeed tls = TlsNeed::required;             ///< of `listen.c2s`; optional on loopback only
    std::uint64_t read_rate_bytes = 10 * 1024;   ///< a second and connection; 0 = no limit
    Compression compression = Compression::off;  ///< XEP-0138, behind the login alone
    Conflict conflict = Conflict::replace;       ///< a resource that is in use is asked for
    int sessions = 10;                           ///< of one account at once
    /// DIGEST-MD5, CRAM-MD5, XEP-0078: what they compute with is stored, and as good as passwords.
    Legacy legacy = Legacy::off;
    std::vector<Component> components;
    SourcePos pos;
};

struct HttpConfig {
    struct Public {
        Endpoint listen;
        std::string url;                         ///< as seen from outside, without a trailing slash
        std::optional<Certificate> certificate;  ///< absent: a proxy does TLS
    };
    struct Admin {
        Endpoint listen;
        std::optional<Secret> token;  ///< always there when `listen` is not loopback
    };
    std::optional<Public> open;  ///< `http.public`: webhooks and media
    std::optional<Admin> admin;  ///< `http.admin`: health, metrics, status
};

struct MediaConfig {
    std::uint64_t max_bytes = 10 * 1024 * 1024;
    std::chrono::seconds keep = std::chrono::days(30);
    std::vector<Cidr> trust;  ///< from here plain http and private addresses may be fetched
};

struct RetentionConfig {
    std::chrono::seconds bodies = std::chrono::days(7);  ///< of finished messages, then blanked
    std::chrono::seconds ids = std::chrono::days(90);    ///< for receipts and dedupe
    /// How long archives of the embedded server keep messages; nothing = there are no archives.
    std::optional<std::chrono::seconds> archive = std::chrono::days(30);
};

struct LoggingConfig {
    enum class Level { debug, info, warn, error };
    enum class Format { text, json };
    Level level = Level::info;
    Format format = Format::text;
};

// --- transports/*.yaml --------------------------------------------------------------------------

/// One entry of `providers:` in an SMS transport.
struct ProviderConfig {
    std::string name;  ///< stands in webhook URLs: [a-z0-9_-]
    std::string type;  ///< name of the description
    std::shared_ptr<const ProviderDescription>
        description;  ///< shared by all of this type, never null once loaded
    std::optional<std::string> base_url_override;  ///< `base_url:` of this entry
    std::map<std::string, Secret>
        credentials;  ///< by the description's names; absent optional ones are missing
    std::vector<std::string> numbers;  ///< may be empty: late webhooks are still taken
    ProviderLimits limits;             ///< the description's, with those of this entry laid over
    SourcePos pos;

    /// Without a trailing slash. REQUIRES: a loaded description.
    const std::string& base_url() const {
        return base_url_override ? *base_url_override : description->base_url;
    }
};

struct SmsLimits {
    std::optional<Rate> user = Rate{60, std::chrono::minutes(1)};  ///< absent = off
    std::optional<Rate> peer = Rate{20, std::chrono::minutes(1)};  ///< absent = off
    std::optional<unsigned> segments = 10;                         ///< of one text; absent = off
};

struct SmsConfig {
    enum class Registration { assigned, pool, own };
    enum class Ambiguous { report, resend };

    std::string region = "ZZ";  ///< ISO 3166 of numbers typed without +; ZZ: none, a + is needed
    std::optional<std::vector<std::string>> countries;  ///< where texts may go; absent: everywhere
    Registration registration = Registration::assigned;
    std::map<std::string, xmpp::Jid> assign;  ///< number -> bare JID
    std::chrono::seconds quarantine = std::chrono::days(30);
    SmsLimits limits;
    Ambiguous ambiguous = Ambiguous::report;
    std::vector<ProviderConfig> providers;
};

/// `transport: echo`, the teaching example: answers every text with the same text.
struct EchoConfig {};

/// One file of `transports:`.
struct TransportConfig {
    std::filesystem::path file;
    xmpp::Jid domain;
    std::string host;  ///< a key of `hosts:`, or "server" for the embedded one
    Secret secret;     ///< of the component; empty with "server"
    std::string name;  ///< shown to people
    std::variant<SmsConfig, EchoConfig> settings;
    SourcePos pos;  ///< of `domain:`
};

// --- all of it ----------------------------------------------------------------------------------

struct Config {
    std::filesystem::path file;  ///< sallyport.yaml itself
    int version = 1;
    std::filesystem::path data;  ///< database, media, keys, lock, control socket
    Storage storage;
    std::vector<xmpp::Jid> admins;
    std::vector<AccessRule> access;  ///< never empty of meaning: the default is already filled in
    std::map<std::string, HostConfig> hosts;
    std::optional<ServerConfig> server;
    HttpConfig http;
    MediaConfig media;
    RetentionConfig retention;
    LoggingConfig logging;
    std::vector<TransportConfig> transports;
    /// Every description known: the built-in ones, and the operator's, which win by name.
    std::map<std::string, std::shared_ptr<const ProviderDescription>> descriptions;

    /// What `access:` gives to a user's bare JID.
    Role role_of(const xmpp::Jid& user) const;
    bool is_admin(const xmpp::Jid& user) const;
};

}  // namespace sallyport::config
