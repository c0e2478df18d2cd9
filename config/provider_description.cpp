// SPDX-License-Identifier: Apache-2.0
#include "config/provider_description.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "config/description_parts.hpp"
#include "config/vocabulary.hpp"
#include "xmpp/core/embedded.hpp"

namespace sallyport::config {
namespace {

using Kinds = std::pair<bool, bool>;  // is secret, is optional

struct StateName {
    std::string_view name;
    ReportState state;
};
constexpr std::array<StateName, 5> state_names{{
    {"accepted", ReportState::accepted},
    {"sent", ReportState::sent},
    {"delivered", ReportState::delivered},
    {"undelivered", ReportState::undelivered},
    {"failed", ReportState::failed},
}};

bool is_label(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::vector<CredentialField> read_credentials(Section& top) {
    std::vector<CredentialField> fields;
    auto in = top.section("credentials");
    if (!in) return fields;
    for (const auto& [name, node] : in->entries()) {
        auto kind = in->word<Kinds>(
            name.text,
            {{"plain", {false, false}},
             {"secret", {true, false}},
             {"optional plain", {false, true}},
             {"optional secret", {true, true}}}
        );
        if (!is_label(name.text)) in->mistake(name.text, "a name has a-z, 0-9, _ and -");
        if (kind) fields.push_back({name.text, kind->first, kind->second, node->pos});
    }
    return fields;
}

std::vector<ReasonCodes> read_errors(Section& top) {
    std::vector<ReasonCodes> errors;
    auto in = top.section("errors");
    if (!in) return errors;
    std::map<std::string, std::string> seen;
    for (std::string_view reason : vocabulary::reasons) {
        ReasonCodes row{std::string(reason), {}};
        for (const Item& item : in->texts(reason)) {
            auto [first, is_new] = seen.emplace(item.text, row.reason);
            if (is_new) {
                row.codes.push_back(item.text);
                continue;
            }
            top.scope().problems.mistake(
                item.node->pos,
                item.key,
                "the code " + in_quotes(item.text) + " is listed under " + first->second +
                    " already"
            );
        }
        if (!row.codes.empty()) errors.push_back(std::move(row));
    }
    in->finish();
    return errors;
}

void read_states(Section& top, ProviderDescription& into) {
    auto in = top.section("states", Need::required);
    if (!in) return;
    std::set<std::string> seen;
    for (const StateName& row : state_names) {
        for (const Item& item : in->texts(row.name)) {
            if (seen.insert(item.text).second) {
                into.states[row.state].push_back(item.text);
                continue;
            }
            top.scope().problems.mistake(
                item.node->pos,
                item.key,
                in_quotes(item.text) + " is the word of another state already"
            );
        }
    }
    in->finish();
}

void read_head(Section& top, ProviderDescription& into) {
    into.pos = top.pos();
    into.name = top.text("provider", Need::required).value_or("");
    if (!into.name.empty() && !is_label(into.name)) {
        top.mistake("provider", "a name has a-z, 0-9, _ and -");
    }
    into.base_url = top.text("base_url", Need::required).value_or("");
    while (into.base_url.ends_with('/')) into.base_url.pop_back();
    if (!into.base_url.empty() && !into.base_url.starts_with("https://") &&
        !into.base_url.starts_with("http://")) {
        top.mistake("base_url", "a URL begins with https://");
    }
    into.credentials = read_credentials(top);
    if (auto limits = top.section("limits")) {
        read_provider_limits(*limits, into.limits);
        limits->finish();
    }
    into.errors = read_errors(top);
    read_states(top, into);
    if (auto media = top.section("media")) {
        for (const Item& host : media->texts("fetch", Need::required))
            into.media_hosts.push_back(host.text);
        media->finish();
    }
}

}  // namespace

std::string_view ProviderDescription::reason_of(std::string_view code) const {
    for (const ReasonCodes& row : errors) {
        if (std::find(row.codes.begin(), row.codes.end(), code) != row.codes.end())
            return row.reason;
    }
    return "";
}

std::optional<ReportState> ProviderDescription::state_of(std::string_view word) const {
    for (const auto& [state, words] : states) {
        if (std::find(words.begin(), words.end(), word) != words.end()) return state;
    }
    return {};
}

std::shared_ptr<const ProviderDescription> read_description(
    std::string_view text, const std::string& file, Problems& problems
) {
    std::size_t before = problems.mistakes().size();
    auto root = yaml::parse(text, file, problems);
    if (!root) return nullptr;
    // Descriptions are data about a provider: the operator's secrets come through credentials
    // alone.
    Scope scope{problems, {}, false};
    Section top(*root, "", scope);
    auto description = std::make_shared<ProviderDescription>();
    description->source = text;
    read_head(top, *description);
    LeafReader leaves(problems);
    leaves.declare(description->credentials);
    description->auth = read_auth(top, leaves);
    if (auto send = top.section("send", Need::required))
        description->send = read_send(*send, leaves);
    if (auto hooks = top.section("hooks", Need::required))
        description->hooks = read_hooks(*hooks, leaves);
    read_questions(top, leaves, *description);
    top.finish();
    if (problems.mistakes().size() != before) return nullptr;
    return description;
}

std::map<std::string, std::shared_ptr<const ProviderDescription>> builtin_descriptions(
    Problems& problems
) {
    std::map<std::string, std::shared_ptr<const ProviderDescription>> found;
    for (const embedded::File& file : embedded::providers()) {
        auto description =
            read_description(file.text, "builtin:" + std::string(file.name), problems);
        if (description) found[description->name] = description;
    }
    return found;
}

}  // namespace sallyport::config
