// SPDX-License-Identifier: Apache-2.0
// Byte 0: provider and kind of hook; then a line of query, then the body. Whatever a provider says,
// what comes out can be shown.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "config/provider_description.hpp"
#include "transports/sms/phone.hpp"
#include "transports/sms/provider.hpp"
#include "xmpp/core/text.hpp"

namespace {

using namespace sallyport;

/// The built-in descriptions, their signatures replaced by a secret that the fuzzer need not know.
std::vector<sms::Provider> make_providers() {
    config::Problems problems;
    std::vector<sms::Provider> out;
    for (const auto& [name, original] : config::builtin_descriptions(problems)) {
        auto description = std::make_shared<config::ProviderDescription>(*original);
        config::Template key;
        key.parts.push_back({"k", {}, {}});
        description->hooks.signature = {
            "shared-secret", {key}, std::nullopt, {{"header", "X-Key"}}, {}};
        sms::Provider::Setup setup{name, description->base_url, "US", {}};
        out.emplace_back(std::move(description), std::move(setup));
    }
    return out;
}

void require(bool holds) {
    if (!holds) std::abort();
}

void read_hook(
    const sms::Provider& provider, bool is_status, std::string_view query, std::string_view body
) {
    port::HttpRequest request("POST", "/hook/d/p/inbound?" + std::string(query));
    request.body = body;
    request.headers = {{"X-Key", "k"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    const std::string url = "https://gw.example.org" + request.url;
    const sms::HookTokens tokens("secret", "d");
    const auto kind = is_status ? config::HookKind::status : config::HookKind::inbound;
    const sms::HookCall call{
        kind,
        request,
        url,
        port::OutId{"ID"},
        tokens,
        [](std::string_view number) { return number.size() % 2 == 0; },
        {}};
    const auto read = provider.verify_and_parse(call);
    require(read.fault != sms::HookRead::Fault::bad_signature);
    for (const auto& message : read.messages) {
        require(
            is_xml_text(message.text) && is_xml_text(message.from.text) &&
            !message.from.text.empty()
        );
        require(!message.own_address.empty() && !message.ref.id.empty());
        for (const auto& other : message.other_recipients) require(is_xml_text(other.text));
    }
    for (const auto& report : read.reports)
        require(!report.failure || is_xml_text(report.failure->text + report.failure->code));
}

void read_answers(const sms::Provider& provider, int status, std::string_view body) {
    const port::HttpResponse response(status, std::string(body), "application/json");
    const auto sent = provider.parse_send(response);
    require(!sent.failure || is_xml_text(sent.failure->text + sent.failure->code));
    port::HttpResult result;
    result.response = response;
    if (provider.can_check()) provider.parse_check(result, "+15550001111");
    if (provider.can_look_up()) provider.parse_lookup(result, {});
    if (!provider.can_sweep()) return;
    provider.parse_sweep(result, [](std::string_view) { return true; });
    provider.parse_media_list(result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const auto providers = make_providers();
    if (size == 0) return 0;
    const unsigned choice = data[0];
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto line = std::min(rest.find('\n'), rest.size());
    const auto& provider = providers[choice % providers.size()];
    const std::string_view body = rest.substr(std::min(line + 1, rest.size()));
    read_hook(provider, choice >= 128, rest.substr(0, line), body);
    read_answers(provider, choice >= 128 ? 400 : 200, body);
    if (const auto peer = sms::parse_peer(rest.substr(0, line), "US"))
        require(sms::parse_peer(peer->text, "US").has_value());
    return 0;
}
