// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "transports/sms/provider.hpp"
#include "transports/sms/segments.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"

// The order of an answer's reading (config/providers/README.md): accept, listed code, listed
// status, the defaults.
namespace sallyport::sms {

namespace {

using port::Failure;
using port::Reason;

constexpr std::size_t longest_words = 300;

/// RFC 9110 §10.2.3, in seconds; a date is left to the back-off.
std::optional<std::chrono::milliseconds> retry_after(const port::HttpFields& headers) {
    const auto value = port::header(headers, "Retry-After");
    if (!value) return std::nullopt;
    const auto seconds = parse_decimal<unsigned>(trim(*value));
    if (!seconds || *seconds > 86'400) return std::nullopt;
    return std::chrono::seconds(*seconds);
}

Reason default_reason(int status) {
    if (status == 429) return Reason::throttled;
    if (status == 401 || status == 403) return Reason::credentials;
    if (status == 402) return Reason::balance;
    if (status >= 400 && status < 500) return Reason::bad_request;
    return Reason::unknown_outcome;
}

bool is_accepted_status(const config::Accept& accept, int status) {
    if (accept.http.empty()) return status >= 200 && status < 300;
    return std::find(accept.http.begin(), accept.http.end(), status) != accept.http.end();
}

}  // namespace

bool Provider::can_send_media() const {
    return send_->request.mentions_media() || (send_->media && send_->media->mentions_media());
}

port::HttpRequest Provider::build_send(Values values) const {
    const auto count = count_segments(values.text);
    values.segments = count.segments;
    values.is_unicode = count.is_unicode;
    if (!values.media.empty() && send_->media) return send_->media->build(values);
    if (count.is_unicode && send_->unicode) return send_->unicode->build(values);
    return send_->request.build(values);
}

std::vector<std::string> Provider::accepted_ids(const Place& root, bool& is_accepted) const {
    std::vector<std::string> ids;
    is_accepted = true;
    if (send_->each.is_empty()) {
        is_accepted = send_->when.hold(root);
        ids = send_->id.all(root);
    } else {
        const auto elements = send_->each.elements(root);
        is_accepted = !elements.empty();
        for (const auto& element : elements) {
            is_accepted = is_accepted && send_->when.hold(element);
            if (auto id = send_->id.first(element)) ids.push_back(*std::move(id));
        }
    }
    // An answer without the promised id proves nothing.
    if (ids.empty() && !send_->id.is_empty()) is_accepted = false;
    return ids;
}

port::Failure Provider::refusal(const port::HttpResponse& response, const Place& root) const {
    const boost::json::value* failed = nullptr;
    for (const auto& element : send_->each.elements(root)) {
        if (failed == nullptr && !send_->when.hold(element)) failed = element.element;
    }
    const Place place{root.document, failed};
    auto code = send_->code.first(place);
    if (!code) code = send_->code.first(root);
    auto words = send_->words.first(place);
    if (!words) words = send_->words.first(root);
    std::optional<Reason> reason;
    if (code) reason = reason_of(*code);
    if (!reason) reason = reason_of("http:" + std::to_string(response.status));
    Failure failure(
        reason.value_or(default_reason(response.status)),
        truncate_characters(to_xml_text(words.value_or("")), longest_words),
        truncate_characters(
            to_xml_text(code ? *code : "HTTP " + std::to_string(response.status)), 40
        )
    );
    if (failure.failure_class() == port::FailureClass::retryable)
        failure.retry_after = retry_after(response.headers);
    return failure;
}

SendResult Provider::parse_send(const port::HttpResponse& response) const {
    Document document(response.headers, response.body);
    if (send_->needs_json) document.parse_json();
    const Place root{document};
    SendResult result;
    if (is_accepted_status(description_->send.accept, response.status)) {
        bool is_accepted = false;
        auto ids = accepted_ids(root, is_accepted);
        if (is_accepted && (!send_->text || send_->text->is_in(response.body))) {
            result.ids = std::move(ids);
            return result;
        }
    }
    result.failure = refusal(response, root);
    return result;
}

SendResult Provider::classify(const port::HttpFailure& failure) {
    const auto reason = failure.kind == port::HttpFailure::Kind::ambiguous ? Reason::unknown_outcome
                                                                           : Reason::not_connected;
    SendResult result;
    result.failure.emplace(reason, truncate_characters(to_xml_text(failure.text), longest_words));
    return result;
}

}  // namespace sallyport::sms
