// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/net/http_client.hpp"
#include "transports/sms/transport_impl.hpp"

// A provider that refuses our credentials, has no money of ours left or suspended us takes no
// further messages until it is asked and says otherwise; they wait meanwhile.
namespace sallyport::sms {

namespace {

constexpr std::chrono::seconds first_pause{60};
constexpr std::chrono::seconds longest_pause{600};

bool is_held(const CheckResult& result) {
    return result.failure && result.failure->failure_class() == port::FailureClass::held;
}

}  // namespace

void SmsTransport::hold(const std::shared_ptr<Line>& line, const port::Failure& why) {
    const bool is_news = !line->held.has_value();
    const bool was_on_trial = std::exchange(line->is_on_trial, false);
    line->held = why;
    if (!is_news && !was_on_trial) return;
    if (std::exchange(line->was_resumed_by_check, false)) line->is_check_trusted = false;
    if (is_news) context_.provider_held(line->shown, why);
    check_later(line, std::max(line->pause, first_pause));
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
    context_.scheduler().cancel(line->checked_again);
    line->checked_again = 0;
    if (!line->held) return;
    line->held.reset();
    context_.provider_resumed(line->shown);
}

void SmsTransport::check_later(const std::shared_ptr<Line>& line, std::chrono::seconds pause) {
    line->pause = pause;
    if (is_closed_) return;
    context_.scheduler().cancel(line->checked_again);
    line->checked_again =
        context_.scheduler().at(context_.time().now() + pause, [this, alive = alive_, line] {
            if (!*alive) return;
            line->checked_again = 0;
            line->pause = std::min(line->pause * 2, longest_pause);
            check(line);
        });
}

void SmsTransport::check(const std::shared_ptr<Line>& line) {
    const auto& provider = line->provider;
    if (!provider->can_check() || line->numbers.empty() || !line->is_check_trusted) {
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
        if (!line->held) return hold(line, *result.failure);
        return check_later(line, std::max(line->pause, first_pause));
    }
    if (result.failure) {
        context_.log().warn(
            "sms.check_failed",
            {{"provider", line->shown},
             {"reason", port::to_string(result.failure->reason)},
             {"code", result.failure->code}}
        );
        if (line->held) check_later(line, std::max(line->pause, first_pause));
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

}  // namespace sallyport::sms
