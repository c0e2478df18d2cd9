// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gateway/base/log.hpp"
#include "gateway/net/http_client.hpp"
#include "transports/sms/transport_impl.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

using port::Failure;
using port::FailureClass;
using port::Reason;

/// How long a text is worth sending (sms.md §6.1(3)).
constexpr std::chrono::hours message_life{24};
constexpr std::chrono::seconds shortest_validity{60};
/// Of what waits beside the one message that tries a held provider, at most.
constexpr std::chrono::seconds trial_pause{30};
constexpr std::chrono::seconds default_pause{
    1};  ///< of a number whose provider says "too fast" without a time

/// The instant that a ULID names, in its first ten characters (Crockford's base 32).
std::optional<WallTime> made_at(std::string_view ulid) {
    constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    if (ulid.size() != 26) return std::nullopt;
    std::int64_t millis = 0;
    // Ids of older versions were upper case.
    for (const char c : lower_ascii(ulid.substr(0, 10))) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        millis = millis * 32 + static_cast<std::int64_t>(digit);
    }
    return WallTime(std::chrono::milliseconds(millis));
}

/// Validity that is left to a message, within what the provider can be asked for.
std::chrono::milliseconds validity(
    const port::OutId& id, WallTime now, const config::ProviderLimits& limits
) {
    const auto age = now - made_at(id.text).value_or(now);
    std::chrono::milliseconds left = message_life - std::max(age, WallTime::duration(0));
    if (limits.ttl) left = std::min<std::chrono::milliseconds>(left, *limits.ttl);
    return std::max<std::chrono::milliseconds>(left, shortest_validity);
}

std::vector<std::string> urls_of(const std::vector<port::Attachment>& attachments) {
    std::vector<std::string> out;
    out.reserve(attachments.size());
    for (const auto& one : attachments) out.push_back(one.url);
    return out;
}

port::Route route_over(const Number& number, std::chrono::steady_clock::time_point now) {
    const Line& line = *number.line;
    port::Route out(line.entry);
    out.allowance = std::min(number.rate.allowance(now), line.rate.allowance(now));
    if (out.allowance != SIZE_MAX)
        out.next_slot = std::max(number.rate.next_slot(now), line.rate.next_slot(now));
    if (!line.held) return out;
    out.trial = line.shown;
    out.allowance = std::min<std::size_t>(out.allowance, line.takes_messages() ? 1 : 0);
    const auto next_trial =
        line.is_on_trial ? now + std::min(line.pause, trial_pause) : line.checked_at;
    out.next_slot = std::max(out.next_slot, next_trial);
    return out;
}

/// One that is away has a route, for the time of its next trial is known and near.
bool has_route(const Line& line) {
    return line.takes_messages() || line.is_away();
}

/// Did nothing answer? That is also what 502, 503 and 504 of a proxy say, unless the provider's
/// description knows better. The attempt's own class is another matter (sms.md §6.1).
bool is_unanswered(const port::HttpResult& result, const SendResult& answer) {
    if (result.failure) return result.failure->kind != port::HttpFailure::Kind::refused;
    const int status = result.response->status;
    return answer.failure && answer.failure->reason == Reason::unknown_outcome && status >= 502 &&
           status <= 504;
}

}  // namespace

std::optional<port::Route> SmsTransport::route(std::string_view own_address) const {
    const auto* number = directory_.find(own_address);
    if (number == nullptr || !has_route(*number->line)) return std::nullopt;
    return route_over(*number, context_.time().now());
}

std::vector<std::pair<std::string, port::Route>> SmsTransport::routes() const {
    std::vector<std::pair<std::string, port::Route>> out;
    const auto now = context_.time().now();
    for (const auto& [own, number] : directory_.numbers()) {
        if (has_route(*number.line)) out.emplace_back(own, route_over(number, now));
    }
    return out;
}

bool SmsTransport::reserve(std::string_view own_address) {
    auto* number = directory_.find(own_address);
    if (number == nullptr || !number->line->takes_messages()) return false;
    const auto now = context_.time().now();
    if (number->line->rate.allowance(now) == 0 || !number->rate.take(now)) return false;
    number->line->rate.take(now);
    return true;
}

void SmsTransport::refund(std::string_view own_address) {
    auto* number = directory_.find(own_address);
    if (number == nullptr) return;
    number->rate.give_back();
    number->line->rate.give_back();
}

std::string SmsTransport::callback_url(const Line& line, std::string_view token) const {
    const auto& base = context_.webhooks().public_url();
    if (base.empty()) return {};
    return base + line.hook_path + "/status/" + std::string(token);
}

port::Submitted SmsTransport::submit(
    const port::Account& account, const port::OutId& id, int attempt, port::Outbound outbound
) {
    const auto* message = std::get_if<port::SendMessage>(&outbound);
    if (message == nullptr) return Failure(Reason::not_supported);
    const auto* number = directory_.find(account.own_address);
    if (number == nullptr)
        return Failure(Reason::temporary, "no provider has " + account.own_address);
    const auto& line = number->line;
    if (!line->takes_messages()) return *line->held;
    const std::string token = tokens_.make(id.text);
    const std::string callback = callback_url(*line, token);
    const auto media = urls_of(message->attachments);
    Values values;
    values.from = account.own_address;
    values.to = message->to.text;
    values.text = message->text;
    values.id = id.text;
    values.token = token;
    values.callback = callback;
    values.media = media;
    values.ttl = validity(id, context_.time().wall(), line->limits);
    ++running_;
    const bool is_trial = line->is_on_trial;
    if (is_trial) line->has_trial_running = true;
    Attempt started{
        line, line->provider, id, attempt, account.own_address, is_trial, context_.time().now()};
    context_.http().request(
        line->provider->build_send(values),
        [this, alive = alive_, started = std::move(started)](port::HttpResult result) {
            if (*alive) sent(started, result);
        }
    );
    return port::Pending();
}

void SmsTransport::sent(const Attempt& attempt, const port::HttpResult& result) {
    --running_;
    count_request(attempt, result);
    auto answer = result.response ? attempt.provider->parse_send(*result.response)
                                  : Provider::classify(*result.failure);
    port::Outcome outcome(attempt.id, port::DeliveryState::accepted);
    outcome.provider = attempt.line->entry;
    for (auto& id : answer.ids) {
        recent_.add(id);
        outcome.refs.emplace_back(attempt.line->entry, std::move(id));
    }
    if (attempt.is_trial) attempt.line->has_trial_running = false;
    note(attempt, result, answer);
    outcome.failure = std::move(answer.failure);
    context_.attempted(attempt.number, std::move(outcome));
    if (running_ == 0 && closed_) std::exchange(closed_, nullptr)();
}

/// What the result says about the provider.
void SmsTransport::note(
    const Attempt& attempt, const port::HttpResult& result, const SendResult& answer
) {
    if (is_unanswered(result, answer)) return note_unanswered(attempt, *answer.failure);
    if (answer.failure)
        note_failure(attempt, *answer.failure);
    else
        note_success(attempt);
    // After it: one that is back and refuses our credentials is held on, for another reason.
    if (result.response) note_answer(attempt);
}

void SmsTransport::note_failure(const Attempt& attempt, const Failure& failure) {
    if (failure.failure_class() == FailureClass::held && attempt.provider == attempt.line->provider)
        return hold(attempt.line, failure);
    // A text that is refused for its own sake was judged: the provider works for us.
    if (failure.failure_class() == FailureClass::permanent) return note_success(attempt);
    if (failure.reason != Reason::throttled) return;
    auto* number = directory_.find(attempt.own);
    if (number != nullptr)
        number->rate.pause(context_.time().now() + failure.retry_after.value_or(default_pause));
}

void SmsTransport::count_request(const Attempt& attempt, const port::HttpResult& result) {
    const std::string& entry = attempt.line->entry;
    const std::string code = result.response ? std::to_string(result.response->status) : "none";
    context_.metrics()
        .counter(
            "provider_requests_total",
            {{"provider", entry}, {"code", code}},
            "Requests to SMS providers, by HTTP status; none = no answer"
        )
        .add();
    const std::chrono::duration<double> took = context_.time().now() - attempt.started;
    context_.metrics()
        .histogram(
            "provider_request_seconds",
            {{"provider", entry}},
            "How long SMS providers took to answer a request to send, or to fail to"
        )
        .observe(took.count());
}

boost::asio::awaitable<port::Answer<port::Reply>> SmsTransport::ask(
    const port::Account& account, port::Query query
) {
    const auto* find = std::get_if<port::FindSent>(&query);
    if (find == nullptr) co_return Failure(Reason::not_supported);
    const auto line = account.provider.empty() ? directory_.find_entry(find->provider)
                                               : directory_.find_own(account.id);
    port::SentStatus status;
    if (!line || !line->provider->can_look_up()) co_return port::Reply(status);
    const auto provider = line->provider;
    const std::string own = find->own_address;
    Values values;
    values.from = own;
    values.to = find->message.to.text;
    values.text = find->message.text;
    values.id = find->id.text;
    const std::shared_ptr<bool> alive = alive_;
    port::HttpRequest request = provider->build_lookup(values);
    const port::HttpResult result = co_await net::fetch(context_.http(), std::move(request));
    status.answer = port::SentStatus::Answer::later;
    if (!*alive) co_return port::Reply(status);
    const auto candidates = provider->parse_lookup(result, values);
    if (!candidates) co_return port::Reply(status);
    status.answer = port::SentStatus::Answer::absent;
    status.settle = provider->settle();
    // The provider's times have whole seconds, and its clock is not quite ours.
    const WallTime earliest =
        std::chrono::floor<std::chrono::seconds>(find->attempted_at) - std::chrono::seconds(2);
    for (const auto& candidate : *candidates) {
        if (recent_.contains(candidate.id) || (candidate.time && *candidate.time < earliest))
            continue;
        port::MessageRef ref(line->entry, candidate.id);
        if (status.answer == port::SentStatus::Answer::found) {
            status.others.push_back(std::move(ref));
            continue;
        }
        status.answer = port::SentStatus::Answer::found;
        status.refs = {std::move(ref)};
        status.state = candidate.state;
    }
    co_return port::Reply(status);
}

port::HttpRequest SmsTransport::media_request(
    const port::Attachment& attachment, std::string_view own_address
) const {
    const auto* number = directory_.find(own_address);
    if (number == nullptr) return port::Transport::media_request(attachment, own_address);
    return number->line->provider->build_media(attachment.url);
}

}  // namespace sallyport::sms
