// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/limits.hpp"

#include <algorithm>

namespace sallyport::core {

std::optional<std::chrono::milliseconds> Bucket::take(Time now) {
    if (!rate_) return std::nullopt;
    // The generic cell rate algorithm: `next_free_` runs ahead of now by one interval for every
    // token out.
    const auto interval = std::chrono::duration_cast<Time::duration>(rate_->per) / rate_->count;
    const Time earliest = next_free_ - interval * (rate_->count - 1);
    if (earliest > now) {
        return std::chrono::ceil<std::chrono::milliseconds>(earliest - now);
    }
    next_free_ = std::max(next_free_, now) + interval;
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> Buckets::take(const std::string& key, Bucket::Time now) {
    if (!rate_) return std::nullopt;
    auto [at, made] = buckets_.try_emplace(key, rate_);
    auto wait = at->second.take(now);
    if (made && buckets_.size() >= sweep_at_) forget_full(now);
    return wait;
}

void Buckets::set_rate(std::optional<config::Rate> rate) {
    if (rate == rate_) return;
    rate_ = rate;
    buckets_.clear();
}

void Buckets::forget_full(Bucket::Time now) {
    std::erase_if(buckets_, [now](const auto& entry) { return entry.second.is_full(now); });
    sweep_at_ = std::max<std::size_t>(1024, buckets_.size() * 2);
}

}  // namespace sallyport::core
