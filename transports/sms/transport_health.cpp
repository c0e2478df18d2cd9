// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/net/http_client.hpp"
#include "transports/sms/transport_impl.hpp"

// A provider that refuses our credentials, has no money of ours left or suspended us takes no
// further messages until it is asked and says otherwise; they wait meanwhile. So do they for one
// that is away, until one message at a time finds it again.
namespace sallyport::sms {

namespace {

/// Attempts in a row that nothing answered until a provider counts as away.
constexpr int most_unanswered = 3;

struct Pauses {
    std::chrono::seconds first;
    std::chrono::seconds longest;
};
/// What an operator must mend takes its time; a network may be back at any moment.
constexpr Pauses until_mended{std::chrono::seconds(60), std::chrono::seconds(600)};
constexpr Pauses until_reached{std::chrono::seconds(1), std::chrono::seconds(60)};

const Pauses& pauses(const Line& line) {
    return line.is_away() ? until_reached : until_mended;
}

bool is_held(const CheckResult& result) {
    return result.failure && result.failure->failure_class() == port::FailureClass::held;
}

}  // namespace

void SmsTransport::hold(const std::shared_ptr<Line>& line, const port::Failure& why) {
    if (line->is_gone) return;
    const bool is_news = !line->held || line->is_away();
    const bool was_on_trial = std::exchange(line->is_on_trial, false);
    line->held = why;
    if (!is_news && !was_on_trial) return;
    if (!line->is_away() && std::exchange(line->was_resumed_by_check, false))
        line->is_check_trusted = false;
    if (is_news) context_.provider_held(line->shown, why);
    check_later(line);
}

/// Nothing answered. What was already running when the line was held says nothing new.
void SmsTransport::note_unanswered(const Attempt& attempt, const port::Failure& failure) {
    Line& line = *attempt.line;
    if (attempt.provider != line.provider) return;
    ++line.unanswered;
    const bool has_failed_trial = line.is_away() && line.is_on_trial && attempt.is_trial;
    const bool is_news = !line.held && line.unanswered >= most_unanswered;
    if (!has_failed_trial && !is_news) return;
    hold(attempt.line, port::Failure(port::Reason::not_connected, failure.text, failure.code));
}

/// Whatever it said, the provider is there.
void SmsTransport::note_answer(const Attempt& attempt) {
    Line& line = *attempt.line;
    if (attempt.provider != line.provider) return;
    line.unanswered = 0;
    if (!line.is_away()) return;
    line.pause = std::chrono::seconds(0);
    resume(attempt.line);
}

/// A message was taken, or refused for a reason of its own.
void SmsTransport::note_success(const Attempt& attempt) {
    Line& line = *attempt.line;
    line.pause = std::chrono::seconds(0);
    line.was_resumed_by_check = false;
    line.is_check_trusted = true;
    if (attempt.is_trial) resume(attempt.line);
}

void SmsTransport::resume(const std::shared_ptr<Line>& line) {
    line->is_on_trial = false;
    line->unanswered = 0;
    context_.scheduler().cancel(line->checked_again);
    line->checked_again = 0;
    if (!line->held) return;
    line->held.reset();
    context_.provider_resumed(line->shown);
}

void SmsTransport::check_later(const std::shared_ptr<Line>& line) {
    line->pause = std::clamp(line->pause, pauses(*line).first, pauses(*line).longest);
    if (is_closed_) return;
    context_.scheduler().cancel(line->checked_again);
    line->checked_at = context_.time().now() + line->pause;
    line->checked_again = context_.scheduler().at(line->checked_at, [this, alive = alive_, line] {
        if (!*alive) return;
        line->checked_again = 0;
        line->pause = std::min(line->pause * 2, pauses(*line).longest);
        check(line);
    });
}

void SmsTransport::check(const std::shared_ptr<Line>& line) {
    const auto& provider = line->provider;
    if (line->is_away() || !provider->can_check() || line->numbers.empty() ||
        !line->is_check_trusted) {
        // It cannot be asked: the next message is the question. Until that is taken it stays held.
        line->is_on_trial = line->held.has_value();
        return;
    }
    const std::string number = line->numbers.front();
    context_.http().request(
        provider->build_check(number),
        [this, alive = alive_, line, asked = provider, number](port::HttpResult result) {
            if (!*alive || line->provider != asked) return;
            checked(line, asked->parse_check(result, number));
        }
    );
}

void SmsTransport::checked(const std::shared_ptr<Line>& line, const CheckResult& result) {
    if (is_held(result)) {
        if (!line->held || line->is_away()) return hold(line, *result.failure);
        return check_later(line);
    }
    if (result.failure) {
        context_.log().warn(
            "sms.check_failed",
            {{"provider", line->shown},
             {"reason", port::to_string(result.failure->reason)},
             {"code", result.failure->code}}
        );
        if (line->held && !line->is_away()) check_later(line);
        return;
    }
    if (!result.is_owned)
        context_.log().warn(
            "sms.number_not_listed",
            {{"provider", line->shown}, {"number", Personal{line->numbers.front()}}}
        );
    if (!line->held) return;
    line->was_resumed_by_check = true;
    resume(line);
}

/// It was removed or replaced.
void SmsTransport::retire(const std::shared_ptr<Line>& line) {
    line->is_gone = true;
    sweeper_->remove(*line);
    resume(line);
}

}  // namespace sallyport::sms
