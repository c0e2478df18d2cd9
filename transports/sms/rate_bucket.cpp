// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/rate_bucket.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sallyport::sms {

namespace {

using Seconds = std::chrono::duration<double>;
constexpr double rounding = 1e-6;  // of refilled fractions

double per_second(const config::Rate& rate) {
    return rate.count / Seconds(rate.per).count();
}

}  // namespace

void RateBucket::change(std::optional<config::Rate> rate) {
    if (rate == rate_) return;
    const double used = rate_ ? std::max(0.0, rate_->count - tokens_) : 0.0;
    rate_ = rate;
    if (rate_) tokens_ = std::max(0.0, rate_->count - used);
}

double RateBucket::tokens(TimePoint now) const {
    const double since = Seconds(now - refilled_at_).count();
    return std::min<double>(rate_->count, tokens_ + std::max(0.0, since) * per_second(*rate_));
}

std::size_t RateBucket::allowance(TimePoint now) const {
    if (now < paused_until_) return 0;
    return rate_ ? static_cast<std::size_t>(tokens(now) + rounding) : SIZE_MAX;
}

RateBucket::TimePoint RateBucket::next_slot(TimePoint now) const {
    if (!rate_) return std::max(now, paused_until_);
    const double have = tokens(now) + rounding;
    const double missing = std::floor(have) + 1 - have;
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(Seconds(missing / per_second(*rate_)));
    return std::max(now + wait, paused_until_);
}

bool RateBucket::take(TimePoint now) {
    if (now < paused_until_) return false;
    if (!rate_) return true;
    const double have = tokens(now);
    if (have + rounding < 1) return false;
    tokens_ = have - 1;
    refilled_at_ = now;
    return true;
}

void RateBucket::give_back() {
    if (rate_) tokens_ = std::min<double>(rate_->count, tokens_ + 1);
}

void RateBucket::pause(TimePoint until) {
    paused_until_ = std::max(paused_until_, until);
}

}  // namespace sallyport::sms
