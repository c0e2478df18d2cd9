// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "config/load_parts.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::config {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

/// Takes a duration of at least a second, the only kind the main file has.
void set_seconds(Section& in, std::string_view key, seconds& into) {
    auto value = in.value(key, parse_duration);
    if (value) into = duration_cast<seconds>(*value);
}

void check_readable(Section& in, std::string_view key, const std::filesystem::path& path) {
    if (auto text = read_file(path); !text) in.mistake(key, text.error().detail);
}

std::optional<Role> read_role(Section& in) {
    return in.word<Role>("role", {{"user", Role::user}, {"none", Role::none}}, Need::required);
}

Result<AccessRule> parse_who(std::string_view text) {
    AccessRule rule;
    if (text == "*") return rule;
    bool is_domain = text.starts_with("*@");
    rule.who = is_domain ? AccessRule::Who::domain : AccessRule::Who::jid;
    auto jid = is_domain ? parse_domain(text.substr(2)) : parse_user(text);
    if (!jid) return Error("who is a JID, *@domain or *");
    rule.jid = *std::move(jid);
    return rule;
}

void read_access(Section& top, Config& into) {
    for (Section& in : top.sections("access")) {
        auto rule = in.value("who", parse_who, Need::required);
        auto role = read_role(in);
        in.finish();
        if (!rule || !role) continue;
        rule->role = *role;
        into.access.push_back(*std::move(rule));
    }
}

/// Absent `access`: the people of our hosts and of the embedded server are users.
void default_access(Config& into) {
    auto allow = [&](const xmpp::Jid& domain) {
        into.access.push_back({AccessRule::Who::domain, domain, Role::user});
    };
    for (const auto& [name, host] : into.hosts)
        std::for_each(host.vhosts.begin(), host.vhosts.end(), allow);
    if (into.server) allow(into.server->domain);
}

Tls read_tls(Section& in) {
    Tls tls;
    const yaml::Node* node = in.find("tls");
    const bool is_map = node != nullptr && node->kind == yaml::Node::Kind::map;
    if (auto section = is_map ? in.section("tls") : std::nullopt) {
        tls.mode = Tls::Mode::on;
        tls.ca = section->path("ca", Need::required);
        if (tls.ca) check_readable(*section, "ca", *tls.ca);
        section->finish();
    } else if (node != nullptr) {
        in.set_word<Tls::Mode>(tls.mode, "tls", {{"off", Tls::Mode::off}, {"on", Tls::Mode::on}});
    }
    return tls;
}

void read_host(Section& in, const std::string& name, Config& into) {
    HostConfig host;
    host.name = name;
    host.pos = in.pos();
    if (auto address = read_address(in, "address", Need::required)) host.address = *address;
    host.tls = read_tls(in);
    host.vhosts = read_list(in, "vhosts", parse_domain, Need::required);
    if (in.is_empty_list("vhosts")) {
        in.mistake("vhosts", "at least one domain that this server serves belongs here");
    }
    in.finish();
    into.hosts.emplace(name, std::move(host));
}

void read_hosts(Section& top, Config& into) {
    auto hosts = top.section("hosts");
    if (!hosts) return;
    for (const auto& [name, node] : hosts->entries()) {
        if (name.text == "server") {
            hosts->mistake("server", "this name stands for the embedded server: choose another");
        }
        Section in(*node, name.key, top.scope());
        if (node->kind == yaml::Node::Kind::map) read_host(in, name.text, into);
    }
}

Result<Storage> parse_storage(std::string_view text) {
    constexpr std::string_view sqlite = "sqlite:";
    if (text.starts_with("postgresql:"))
        return Error("PostgreSQL is not in this version: use sqlite:FILE");
    if (!text.starts_with(sqlite) || text == sqlite)
        return Error("a storage is written sqlite:FILE");
    return Storage{Storage::Kind::sqlite, std::filesystem::path(text.substr(sqlite.size()))};
}

void read_places(Section& top, Config& into) {
    auto version = top.value("version", parse_count, Need::required);
    if (version && *version != 1) {
        top.mistake("version", "this program reads version 1, not " + std::to_string(*version));
    }
    into.data = top.path("data").value_or("/var/lib/sallyport");
    into.storage.path = "sallyport.db";
    top.set(into.storage, "storage", parse_storage);
    if (into.storage.path != ":memory:") into.storage.path = into.data / into.storage.path;
}

void read_public(Section& in, HttpConfig& into) {
    HttpConfig::Public& open = into.open.emplace();
    if (auto listen = in.value("listen", parse_endpoint, Need::required)) open.listen = *listen;
    if (auto url = read_url(in, "url", Need::required)) open.url = *url;
    if (auto certificate = in.section("certificate")) {
        open.certificate = read_certificate(*certificate);
    }
    in.finish();
}

void read_admin(Section& in, HttpConfig& into) {
    auto listen = in.value("listen", parse_endpoint, Need::required);
    auto token = in.secret("token");
    bool has_token = in.has("token") || in.has("token_file");
    in.finish();
    if (!listen) return;
    if (!listen->is_loopback() && !has_token) {
        in.mistake(
            "token_file", "a token is required, because " + listen->to_string() + " is not loopback"
        );
    }
    into.admin = HttpConfig::Admin{*listen, std::move(token)};
}

void read_http(Section& top, HttpConfig& into) {
    auto http = top.section("http");
    if (!http) return;
    if (auto in = http->section("public")) read_public(*in, into);
    if (auto in = http->section("admin")) read_admin(*in, into);
    http->finish();
    bool is_same = into.open && into.admin && into.open->listen == into.admin->listen &&
                   (into.admin->listen.port != 0 || into.admin->listen.is_unix());
    if (is_same) http->mistake("admin", "public and admin cannot share one address");
}

void read_media(Section& top, MediaConfig& into) {
    auto in = top.section("media");
    if (!in) return;
    in->set(into.max_bytes, "max", parse_bytes);
    set_seconds(*in, "keep", into.keep);
    into.trust = read_list(*in, "trust", parse_cidr);
    in->finish();
}

/// A duration, or that there are no archives.
void read_archive(Section& in, RetentionConfig& into) {
    const auto keep = std::exchange(into.archive, std::nullopt);
    if (!keep || (in.has("archive") && in.text("archive") == "off")) return;
    set_seconds(in, "archive", into.archive.emplace(*keep));
    if (into.archive < std::chrono::hours(1))
        in.mistake("archive", "an archive keeps messages for 1h at least; off = there is none");
}

void read_retention(Section& top, RetentionConfig& into) {
    auto in = top.section("retention");
    if (!in) return;
    set_seconds(*in, "bodies", into.bodies);
    set_seconds(*in, "ids", into.ids);
    read_archive(*in, into);
    if (into.ids < std::chrono::hours(72)) {
        in->mistake(
            "ids", "providers repeat webhooks for up to 72h: ids are kept at least that long"
        );
    }
    in->finish();
}

void read_logging(Section& top, LoggingConfig& into) {
    using Level = LoggingConfig::Level;
    auto in = top.section("logging");
    if (!in) return;
    in->set_word<Level>(
        into.level,
        "level",
        {{"debug", Level::debug},
         {"info", Level::info},
         {"warn", Level::warn},
         {"error", Level::error}}
    );
    in->set_word<LoggingConfig::Format>(
        into.format,
        "format",
        {{"text", LoggingConfig::Format::text}, {"json", LoggingConfig::Format::json}}
    );
    in->finish();
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
    // The same errors as for secrets: path, reason, uid.
    std::error_code error;
    auto size = std::filesystem::file_size(path, error);
    constexpr std::uintmax_t max_bytes = 4 * 1024 * 1024;
    if (!error && size > max_bytes)
        return Error("cannot read " + path.string() + ": it is larger than 4 MiB");
    std::ifstream in(path, std::ios::binary);
    if (error || !in) {
        auto reason = read_secret_file(path);
        return reason ? Error("cannot read " + path.string()) : reason.error();
    }
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<xmpp::Jid> parse_domain(std::string_view text) {
    auto jid = xmpp::Jid::parse(text);
    if (jid && jid->is_domain()) return jid;
    return Error("a domain belongs here, such as example.org");
}

Result<xmpp::Jid> parse_user(std::string_view text) {
    auto jid = xmpp::Jid::parse(text);
    if (jid && jid->is_bare() && !jid->local().empty()) return jid;
    return Error("a JID without resource belongs here, such as alice@example.org");
}

std::optional<Certificate> read_certificate(Section& in) {
    auto chain = in.path("chain", Need::required);
    auto key = in.path("key", Need::required);
    in.finish();
    if (chain) check_readable(in, "chain", *chain);
    if (key) check_readable(in, "key", *key);
    if (!chain || !key) return {};
    return Certificate{*chain, *key};
}

std::optional<std::filesystem::path> read_issuers(Section& in, std::string_view key) {
    auto path = in.path(key);
    if (!path) return {};
    auto text = read_file(*path);
    constexpr std::string_view marks[] = {
        "-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"};
    const auto holds = [&](std::string_view mark) { return text->find(mark) != text->npos; };
    if (!text) {
        in.mistake(key, text.error().detail);
    } else if (std::none_of(std::begin(marks), std::end(marks), holds)) {
        const bool is_key = text->find("PRIVATE KEY-----") != text->npos;
        const char* what = text->empty() ? " is empty"
                           : is_key      ? " holds a private key, and no certificate"
                                         : " holds no certificate";
        in.mistake(
            key,
            path->string() + what + ": the issuers of clients' certificates belong there, as PEM"
        );
    }
    return path;
}

std::optional<Endpoint> read_address(Section& in, std::string_view key, Need need) {
    auto address = in.value(key, parse_endpoint, need);
    if (!address || address->is_unix() || address->port != 0) return address;
    in.mistake(key, "port 0 cannot be connected to");
    return {};
}

std::optional<std::string> read_url(Section& in, std::string_view key, Need need) {
    auto url = in.text(key, need);
    if (!url) return {};
    bool is_https = url->starts_with("https://");
    bool is_http = url->starts_with("http://");
    std::string_view rest = std::string_view(*url).substr(is_https ? 8 : is_http ? 7 : 0);
    std::string host(rest.substr(0, rest.find('/')));
    if ((!is_https && !is_http) || host.empty() ||
        rest.find_first_of(" ?#@") != std::string::npos) {
        in.mistake(key, "a URL is written https://host[:port][/path], without query and user");
        return {};
    }
    while (url->ends_with('/')) url->pop_back();
    auto endpoint = parse_endpoint(host);
    if (!endpoint) endpoint = parse_endpoint(host + ":80");
    if (!endpoint) {
        in.mistake(key, "the host of this URL is not one");
        return {};
    }
    if (is_http && !endpoint->is_loopback()) {
        in.warning(key, "plain http to " + host + ": texts and credentials can be read on the way");
    }
    return url;
}

std::string transports_pattern(Section& top) {
    auto pattern = top.path("transports");
    return pattern ? pattern->string() : (top.scope().folder / "transports/*.yaml").string();
}

void read_main(Section& top, Config& into) {
    read_places(top, into);
    into.admins = read_list(top, "admins", parse_user);
    read_hosts(top, into);
    if (auto in = top.section("server")) {
        into.server.emplace();
        read_server(*in, *into.server);
    }
    read_access(top, into);
    if (!top.has("access")) default_access(into);
    read_http(top, into.http);
    read_media(top, into.media);
    read_retention(top, into.retention);
    read_logging(top, into.logging);
}

}  // namespace sallyport::config
