// SPDX-License-Identifier: Apache-2.0
#include "config/reload_plan.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace sallyport::config {
namespace {

/// Every setting as key path -> comparable text; secrets appear as their hash only.
class Flat {
  public:
    std::map<std::string, std::string> values;

    void put(const std::string& key, std::string value) { values[key] = std::move(value); }
    void put(const std::string& key, const Secret& secret) {
        put(key, std::to_string(std::hash<std::string_view>{}(secret.reveal())));
    }
    template <class T>
    void put_number(const std::string& key, T value) {
        put(key, std::to_string(value));
    }
    void put(const std::string& key, const std::optional<Rate>& rate) {
        put(key, rate ? to_text(*rate) : std::string("off"));
    }
    template <class T>
    void put_optional(const std::string& key, const std::optional<T>& value) {
        put(key, value ? std::to_string(*value) : std::string("off"));
    }
};

std::string joined(const std::vector<xmpp::Jid>& jids) {
    std::string text;
    for (const xmpp::Jid& jid : jids) text += jid.str() + ",";
    return text;
}

void flatten(const std::string& key, const Certificate& certificate, Flat& into) {
    into.put(key + ".chain", certificate.chain.string());
    into.put(key + ".key", certificate.key.string());
}

void flatten_people(const Config& config, Flat& into) {
    into.put("admins", joined(config.admins));
    std::string access;
    for (const AccessRule& rule : config.access) {
        access += std::to_string(static_cast<int>(rule.who)) + rule.jid.str() + "=" +
                  std::to_string(static_cast<int>(rule.role)) + ",";
    }
    into.put("access", access);
}

void flatten_hosts(const Config& config, Flat& into) {
    for (const auto& [name, host] : config.hosts) {
        std::string key = "hosts." + name;
        into.put(key + ".address", host.address.to_string());
        into.put(key + ".tls", host.tls.mode == Tls::Mode::on ? "on" : "off");
        // Trust files are certificates: read again on reload, wherever they lie now.
        if (host.tls.ca) into.put(key + ".tls.certificate.ca", host.tls.ca->string());
        into.put(key + ".vhosts", joined(host.vhosts));
    }
}

void flatten_http(const HttpConfig& http, Flat& into) {
    if (http.open) {
        into.put("http.public.listen", http.open->listen.to_string());
        into.put("http.public.url", http.open->url);
        into.put("http.public.tls", http.open->certificate ? "on" : "off");
        if (http.open->certificate)
            flatten("http.public.certificate", *http.open->certificate, into);
    }
    if (http.admin) {
        into.put("http.admin.listen", http.admin->listen.to_string());
        if (http.admin->token) into.put("http.admin.token", *http.admin->token);
    }
}

void flatten_server(const ServerConfig& server, Flat& into) {
    auto listen = [&](const std::string& key, const std::optional<Endpoint>& endpoint) {
        into.put("server.listen." + key, endpoint ? endpoint->to_string() : std::string("off"));
    };
    into.put("server.domain", server.domain.str());
    listen("c2s", server.listen.c2s);
    listen("c2s_tls", server.listen.c2s_tls);
    listen("websocket", server.listen.websocket);
    listen("components", server.listen.components);
    into.put("server.websocket_url", server.websocket_url.value_or(""));
    if (server.certificate) flatten("server.certificate", *server.certificate, into);
    into.put("server.client_ca", server.client_ca ? server.client_ca->string() : "off");
    into.put_number("server.registration", static_cast<int>(server.registration));
    into.put_number("server.tls", static_cast<int>(server.tls));
    into.put_number("server.read_rate", server.read_rate_bytes);
    into.put_number("server.compression", static_cast<int>(server.compression));
    into.put_number("server.conflict", static_cast<int>(server.conflict));
    into.put_number("server.sessions", server.sessions);
    into.put_number("server.legacy", static_cast<int>(server.legacy));
    for (const auto& component : server.components) {
        into.put("server.components." + component.domain.str(), component.secret);
    }
}

void flatten_rest(const Config& config, Flat& into) {
    into.put("data", config.data.string());
    into.put("storage", config.storage.path.string());
    into.put_number("media.max", config.media.max_bytes);
    into.put_number("media.keep", config.media.keep.count());
    std::string trust;
    for (const Cidr& range : config.media.trust) trust += range.text + ",";
    into.put("media.trust", trust);
    into.put_number("retention.bodies", config.retention.bodies.count());
    into.put_number("retention.ids", config.retention.ids.count());
    into.put_number(
        "retention.archive", config.retention.archive.value_or(std::chrono::seconds(0)).count()
    );
    into.put_number("logging.level", static_cast<int>(config.logging.level));
    into.put_number("logging.format", static_cast<int>(config.logging.format));
}

void flatten_limits(const std::string& key, const ProviderLimits& limits, Flat& into) {
    into.put_optional(key + ".text", limits.text);
    into.put_optional(key + ".segments", limits.segments);
    into.put_optional(key + ".media", limits.media);
    into.put_optional(key + ".media_size", limits.media_size_bytes);
    into.put(key + ".ttl", limits.ttl ? to_text(*limits.ttl) : std::string("off"));
    into.put(key + ".per_number", limits.per_number);
    into.put(key + ".per_account", limits.per_account);
}

void flatten(const std::string& transport, const ProviderConfig& provider, Flat& into) {
    std::string key = transport + ".providers." + provider.name;
    into.put(key + ".type", provider.type);
    into.put(key + ".base_url", provider.base_url_override.value_or(""));
    into.put(
        key + ".description", provider.description ? provider.description->source : std::string()
    );
    for (const auto& [name, secret] : provider.credentials)
        into.put(key + ".credentials." + name, secret);
    std::string numbers;
    for (const std::string& number : provider.numbers) numbers += number + ",";
    into.put(key + ".numbers", numbers);
    flatten_limits(key + ".limits", provider.limits, into);
}

void flatten(const std::string& key, const SmsConfig& sms, Flat& into) {
    into.put(key + ".region", sms.region);
    std::string countries;
    for (const std::string& country : sms.countries.value_or(std::vector<std::string>{"*"}))
        countries += country;
    into.put(key + ".countries", countries);
    into.put_number(key + ".registration", static_cast<int>(sms.registration));
    for (const auto& [number, user] : sms.assign) into.put(key + ".assign." + number, user.str());
    into.put_number(key + ".quarantine", sms.quarantine.count());
    into.put(key + ".limits.user", sms.limits.user);
    into.put(key + ".limits.peer", sms.limits.peer);
    into.put_optional(key + ".limits.segments", sms.limits.segments);
    into.put_number(key + ".ambiguous", static_cast<int>(sms.ambiguous));
    for (const ProviderConfig& provider : sms.providers) flatten(key, provider, into);
}

std::string transport_key(const TransportConfig& transport) {
    return "transports." + transport.domain.str();
}

Flat flatten(const TransportConfig& transport) {
    Flat flat;
    std::string key = transport_key(transport);
    flat.put_number(key + ".transport", transport.settings.index());
    flat.put(key + ".host", transport.host);
    flat.put(key + ".secret", transport.secret);
    flat.put(key + ".name", transport.name);
    if (const auto* sms = std::get_if<SmsConfig>(&transport.settings)) flatten(key, *sms, flat);
    return flat;
}

Flat flatten_main(const Config& config) {
    Flat flat;
    flatten_people(config, flat);
    flatten_hosts(config, flat);
    flatten_http(config.http, flat);
    if (config.server) flatten_server(*config.server, flat);
    flatten_rest(config, flat);
    return flat;
}

/// May a running gateway take this change? Key paths of transports come without
/// "transports.DOMAIN".
bool can_change(std::string_view key) {
    constexpr std::string_view whole[] = {"admins", "access", "countries", "server.client_ca"};
    constexpr std::string_view begins[] = {"logging.", "assign.", "limits."};
    constexpr std::string_view inside[] = {".certificate.", ".credentials.", ".limits."};
    auto is_in = [](std::string_view text, std::string_view part) {
        return text.find(part) != std::string_view::npos;
    };
    return std::any_of(std::begin(whole), std::end(whole), [&](auto k) { return k == key; }) ||
           std::any_of(
               std::begin(begins), std::end(begins), [&](auto k) { return key.starts_with(k); }
           ) ||
           std::any_of(
               std::begin(inside), std::end(inside), [&](auto k) { return is_in(key, k); }
           ) ||
           (key.starts_with("providers.") &&
            (key.ends_with(".numbers") || key.ends_with(".description")));
}

/// Sorts the keys that differ into changes and refusals; `prefix` is cut before asking.
void compare(const Flat& before, const Flat& after, std::size_t prefix, ReloadPlan& into) {
    std::set<std::string> keys;
    auto differ = [&](const Flat& a, const Flat& b) {
        for (const auto& [key, value] : a.values) {
            auto other = b.values.find(key);
            if (other == b.values.end() || other->second != value) keys.insert(key);
        }
    };
    differ(before, after);
    differ(after, before);
    for (const std::string& key : keys) {
        bool is_allowed = can_change(std::string_view(key).substr(prefix));
        (is_allowed ? into.changes : into.refused).push_back(key);
    }
}

const TransportConfig* find_transport(const Config& config, const TransportConfig& like) {
    auto found = std::find_if(
        config.transports.begin(),
        config.transports.end(),
        [&](const TransportConfig& other) { return other.domain == like.domain; }
    );
    return found == config.transports.end() ? nullptr : &*found;
}

}  // namespace

ReloadPlan plan(const Config& old_config, const Config& new_config) {
    ReloadPlan result;
    compare(flatten_main(old_config), flatten_main(new_config), 0, result);
    for (const TransportConfig& before : old_config.transports) {
        const TransportConfig* after = find_transport(new_config, before);
        if (after == nullptr) {
            result.removed_domains.push_back(before.domain.str());
            continue;
        }
        compare(flatten(before), flatten(*after), transport_key(before).size() + 1, result);
    }
    for (const TransportConfig& after : new_config.transports) {
        if (find_transport(old_config, after) == nullptr)
            result.added_domains.push_back(after.domain.str());
    }
    return result;
}

}  // namespace sallyport::config
