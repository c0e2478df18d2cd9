// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/description_parts.hpp"
#include "config/load_parts.hpp"
#include "xmpp/core/country.hpp"

namespace sallyport::config {
namespace {

using Registration = SmsConfig::Registration;

bool is_code(std::string_view text) {
    return text.size() == 2 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<std::string> parse_country(std::string_view text) {
    if (!is_code(text)) return Error("a country is two capital letters (ISO 3166), such as US");
    if (text == "UK") return Error("no country has this code (did you mean GB?)");
    if (!is_country(text)) return Error("no country has this code (ISO 3166)");
    return std::string(text);
}

Result<std::string> parse_region(std::string_view text) {
    if (text == "ZZ") return std::string(text);
    return parse_country(text);
}

bool is_provider_name(std::string_view name) {
    return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

void read_countries(Section& top, SmsConfig& into) {
    if (!top.has("countries")) {
        top.warning(
            "countries", "this key is missing: texts may go to every country, at every price"
        );
        return;
    }
    into.countries = read_list(top, "countries", parse_country);
    if (top.is_empty_list("countries"))
        top.mistake("countries", "no country is named: leave the key out for all");
}

bool is_ours(const SmsConfig& sms, const std::string& number) {
    return std::any_of(sms.providers.begin(), sms.providers.end(), [&](const ProviderConfig& p) {
        return std::find(p.numbers.begin(), p.numbers.end(), number) != p.numbers.end();
    });
}

bool has_number(const SmsConfig& sms, const xmpp::Jid& user) {
    return std::any_of(sms.assign.begin(), sms.assign.end(), [&](const auto& row) {
        return row.second == user;
    });
}

/// Checks one line of `assign:` against the numbers and against those before it.
void check_assigned(
    Section& in,
    const Item& number,
    const xmpp::Jid& user,
    const SmsConfig& sms,
    const Config& config
) {
    Problems& problems = in.scope().problems;
    if (!is_ours(sms, number.text)) {
        problems.mistake(number.node->pos, number.key, "no provider of this file has this number");
    }
    if (has_number(sms, user)) {
        in.mistake(number.text, user.str() + " has a number already: one person, one number");
    }
    if (config.role_of(user) == Role::none) {
        in.warning(number.text, user.str() + " may not use this gateway by access:");
    }
}

void read_assign(Section& top, SmsConfig& into, const Config& config) {
    auto in = top.section("assign");
    if (!in) return;
    for (const auto& [number, node] : in->entries()) {
        auto canonical = parse_number(number.text);
        if (!canonical) {
            top.scope().problems.mistake(
                number.node->pos,
                number.key,
                in_quotes(number.text) + ": " + canonical.error().detail
            );
        }
        auto user = in->value(number.text, parse_user);
        if (!canonical || !user) continue;
        check_assigned(*in, number, *user, into, config);
        into.assign.emplace(*canonical, *std::move(user));
    }
}

/// "off" or a value.
template <class T>
void set_or_off(
    Section& in, std::string_view key, Result<T> (*parse)(std::string_view), std::optional<T>& into
) {
    const yaml::Node* node = in.find(key);
    if (node == nullptr) return;
    if (node->text == "off")
        into.reset();
    else if (const auto value = in.value(key, parse))
        into.emplace(*value);
}

void read_limits(Section& top, SmsLimits& into) {
    auto in = top.section("limits");
    if (!in) return;
    set_or_off(*in, "user", parse_rate, into.user);
    set_or_off(*in, "peer", parse_rate, into.peer);
    set_or_off(*in, "segments", parse_count, into.segments);
    in->finish();
}

void read_credentials(Section& entry, Registration registration, ProviderConfig& into) {
    // With `own` people bring their own; what stands here is then for numbers of ours, if any.
    bool may_lack = registration == Registration::own && !entry.has("credentials");
    auto needs_any = [](const CredentialField& field) { return !field.is_optional; };
    const auto& fields = into.description->credentials;
    bool is_needed = !may_lack && std::any_of(fields.begin(), fields.end(), needs_any);
    auto in = entry.section("credentials", is_needed ? Need::required : Need::optional);
    if (!in) return;
    for (const CredentialField& field : fields) {
        auto value = in->secret(field.name, field.is_optional ? Need::optional : Need::required);
        if (value) into.credentials.emplace(field.name, *std::move(value));
    }
    in->finish();
}

/// A description may say more than this version can do.
void check_features(Section& entry, const ProviderDescription& description) {
    const auto& events = description.hooks.events;
    bool has_parts = std::any_of(events.begin(), events.end(), [](const Event& event) {
        return event.message && event.message->parts;
    });
    if (has_parts) entry.mistake("type", "joining the parts of long texts is not in this version");
}

void find_description(Section& entry, const Descriptions& known, ProviderConfig& into) {
    if (into.type.empty()) return;
    auto found = known.find(into.type);
    if (found == known.end()) {
        std::vector<std::string_view> names;
        std::string list;
        for (const auto& [name, unused] : known) {
            names.push_back(name);
            list += (list.empty() ? "" : ", ") + name;
        }
        entry.mistake(
            "type",
            "no description of " + in_quotes(into.type) + "; there are " + list,
            nearest(into.type, names)
        );
        return;
    }
    into.description = found->second;
    check_features(entry, *into.description);
}

ProviderConfig read_provider(Section& entry, const Descriptions& known, Registration registration) {
    ProviderConfig provider;
    provider.pos = entry.pos();
    provider.type = entry.text("type", Need::required).value_or("");
    provider.name = entry.text("name").value_or(provider.type);
    if (!provider.name.empty() && !is_provider_name(provider.name)) {
        entry.mistake("name", "it stands in URLs: a-z, 0-9, _ and -, at most 32");
    }
    find_description(entry, known, provider);
    provider.base_url_override = read_url(entry, "base_url", Need::optional);
    provider.numbers = read_list(entry, "numbers", parse_number);
    if (!entry.has("numbers") && registration != Registration::own) {
        entry.mistake("numbers", "this key is missing (numbers: [] for a provider without any)");
    }
    auto limits = entry.section("limits");
    if (provider.description) {
        provider.limits = provider.description->limits;
        if (limits) read_provider_limits(*limits, provider.limits);
        if (limits) limits->finish();
        read_credentials(entry, registration, provider);
        if (!provider.numbers.empty() && !entry.has("credentials") &&
            !provider.description->credentials.empty()) {
            entry.mistake("numbers", "numbers of ours need credentials of ours");
        }
    } else {
        entry.has("credentials");
    }
    entry.finish();
    return provider;
}

void read_providers(Section& top, const Descriptions& known, SmsConfig& into) {
    for (Section& entry : top.sections("providers", Need::required)) {
        auto provider = read_provider(entry, known, into.registration);
        bool is_twice = std::any_of(
            into.providers.begin(),
            into.providers.end(),
            [&](const ProviderConfig& other) { return other.name == provider.name; }
        );
        if (is_twice)
            entry.mistake("name", "another provider has the name " + in_quotes(provider.name));
        into.providers.push_back(std::move(provider));
    }
    if (top.is_empty_list("providers")) {
        top.mistake("providers", "at least one provider belongs here");
    }
}

/// A number belongs to one provider, and is listed there once.
void check_numbers(Section& top, const SmsConfig& sms) {
    std::map<std::string, std::string> seen;
    for (const ProviderConfig& provider : sms.providers) {
        for (const std::string& number : provider.numbers) {
            auto [first, is_new] = seen.emplace(number, provider.name);
            if (is_new) continue;
            std::string what = number + " is listed twice, first by " + in_quotes(first->second);
            top.scope().problems.mistake(
                provider.pos, "providers." + provider.name + ".numbers", what
            );
        }
    }
    bool is_pool = sms.registration == Registration::pool && !sms.providers.empty();
    if (is_pool && seen.empty())
        top.warning("registration", "pool without numbers: nobody can register");
}

}  // namespace

SmsConfig read_sms(Section& top, const Config& config) {
    SmsConfig sms;
    if (auto region = top.value("region", parse_region)) sms.region = *region;
    read_countries(top, sms);
    top.set_word<Registration>(
        sms.registration,
        "registration",
        {{"assigned", Registration::assigned},
         {"pool", Registration::pool},
         {"own", Registration::own}}
    );
    if (auto rest = top.value("quarantine", parse_duration)) {
        sms.quarantine = std::chrono::duration_cast<std::chrono::seconds>(*rest);
    }
    read_limits(top, sms.limits);
    top.set_word<SmsConfig::Ambiguous>(
        sms.ambiguous,
        "ambiguous",
        {{"report", SmsConfig::Ambiguous::report}, {"resend", SmsConfig::Ambiguous::resend}}
    );
    read_providers(top, config.descriptions, sms);
    check_numbers(top, sms);
    // Last: it asks whose the numbers are.
    read_assign(top, sms, config);
    return sms;
}

}  // namespace sallyport::config
