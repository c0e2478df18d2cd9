// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <list>

#include "transports/sms/phone.hpp"
#include "transports/sms/provider.hpp"
#include "transports/sms/text_coding.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

/// "host" of "https://host:port/path", lower case.
std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (url.find('@') != std::string_view::npos)
        return {};  // no host worth our trust is spelled with a user
    if (url.starts_with('[')) return lower_ascii(url.substr(0, url.find(']') + 1));
    return lower_ascii(url.substr(0, url.find(':')));
}

std::string origin_of(std::string_view url) {
    const auto scheme = url.find("://");
    return std::string(
        scheme == std::string_view::npos ? url : url.substr(0, url.find('/', scheme + 3))
    );
}

bool is_success(const port::HttpResult& result) {
    return result.response && result.response->status >= 200 && result.response->status < 300;
}

/// What asks and changes nothing.
port::HttpRequest question(port::HttpRequest request) {
    request.is_idempotent = true;
    return request;
}

}  // namespace

port::HttpRequest Provider::build_check(std::string_view number) const {
    Values values;
    values.number = number;
    return question(check_->request.build(values));
}

CheckResult Provider::parse_check(const port::HttpResult& result, std::string_view number) const {
    CheckResult out;
    if (!result.response) {
        out.failure = classify(*result.failure).failure;
        return out;
    }
    Document document(result.response->headers, result.response->body);
    document.parse_json();
    const Place root{document};
    if (!is_success(result)) {
        out.failure = refusal(*result.response, root);
        return out;
    }
    for (const auto& owned : check_->owned.all(root)) {
        if (read_provider_peer(owned, setup_.region).text == number) out.is_owned = true;
    }
    return out;
}

std::chrono::seconds Provider::settle() const {
    return description_->lookup ? description_->lookup->settle : std::chrono::minutes(2);
}

port::HttpRequest Provider::build_lookup(const Values& values) const {
    return question(lookup_->request.build(values));
}

std::optional<std::vector<Candidate>> Provider::parse_lookup(
    const port::HttpResult& result, const Values& values
) const {
    if (!is_success(result)) return std::nullopt;
    Document document(result.response->headers, result.response->body);
    if (!document.parse_json()) return std::nullopt;
    std::list<Candidate> out;
    const Place root{document};
    const auto places =
        lookup_->each.is_empty() ? std::vector<Place>{root} : lookup_->each.elements(root);
    for (const auto& place : places) {
        const auto id = lookup_->id.first(place);
        if (!id || !lookup_->when.hold(place, values)) continue;
        Candidate candidate{*id, std::nullopt};
        if (const auto time = lookup_->time.first(place)) candidate.time = parse_time(*time);
        const auto state =
            description_->state_of(lookup_->state.first(place).value_or(std::string()));
        if (state) candidate.state = to_delivery_state(*state);
        out.push_back(std::move(candidate));
    }
    // A list's own sort: Clang 19 refuses std::stable_sort of GCC 12's library as deprecated
    // inside.
    out.sort([](const Candidate& a, const Candidate& b) { return a.time < b.time; });
    return std::vector<Candidate>(
        std::make_move_iterator(out.begin()), std::make_move_iterator(out.end())
    );
}

std::chrono::seconds Provider::sweep_every() const {
    return description_->sweep->every;
}

port::HttpRequest Provider::build_sweep(WallTime since) const {
    Values values;
    values.since = since;
    return question(sweep_->request.build(values));
}

std::string Provider::absolute(std::string_view url) const {
    if (url.find("://") != std::string_view::npos) return std::string(url);
    return origin_of(setup_.base_url) + (url.starts_with('/') ? "" : "/") + std::string(url);
}

port::HttpRequest Provider::build_next(std::string_view url) const {
    return build_media(url);
}

SweepPage Provider::parse_sweep(
    const port::HttpResult& result, const std::function<bool(std::string_view)>& is_ours
) const {
    SweepPage page;
    if (!is_success(result)) return page;
    Document document(result.response->headers, result.response->body);
    if (!document.parse_json()) return page;
    page.is_ok = true;
    const Place root{document};
    for (const auto& place : sweep_->each.elements(root)) {
        if (!sweep_->when.hold(place)) continue;
        // Pictures that stand in a list of their own are read from there.
        auto message = read_message(*sweep_->message, place, is_ours);
        if (!message) continue;
        SweptMessage swept{*std::move(message), {}};
        if (const auto list = sweep_->message->media_list.first(place)) {
            swept.media_list = absolute(*list);
            swept.message.attachments.clear();
        }
        page.messages.push_back(std::move(swept));
    }
    if (const auto next = sweep_->next.first(root); next && !next->empty())
        page.next = absolute(*next);
    return page;
}

std::optional<std::vector<port::Attachment>> Provider::parse_media_list(
    const port::HttpResult& result
) const {
    if (!is_success(result)) return std::nullopt;
    Document document(result.response->headers, result.response->body);
    if (!document.parse_json()) return std::nullopt;
    std::vector<port::Attachment> out;
    for (const auto& place : sweep_->message->media_each.elements({document})) {
        for (auto& attachment : read_media(*sweep_->message, place))
            out.push_back(std::move(attachment));
    }
    return out;
}

port::HttpRequest Provider::build_media(std::string_view url) const {
    port::HttpRequest request = question(port::HttpRequest("GET", absolute(url)));
    const std::string host = host_of(request.url);
    const auto& hosts = description_->media_hosts;
    const bool is_base = !host.empty() && origin_of(request.url) == origin_of(setup_.base_url);
    const bool is_named = std::any_of(hosts.begin(), hosts.end(), [&](const std::string& one) {
        return iequals_ascii(one, host);
    });
    if (is_base || (is_named && request.url.starts_with("https://"))) auth_.apply(request);
    return request;
}

}  // namespace sallyport::sms
