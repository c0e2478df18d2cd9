// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/limits.hpp"

#include <algorithm>

namespace sallyport::core {

namespace {

Bucket::Time::duration interval_of(const config::Rate& rate) {
    return std::chrono::duration_cast<Bucket::Time::duration>(rate.per) / rate.count;
}

}  // namespace

// The generic cell rate algorithm: `next_free_` runs ahead of now by one interval for every token
// out.
Bucket::Time Bucket::earliest() const {
    return next_free_ - interval_of(*rate_) * (rate_->count - 1);
}

std::optional<std::chrono::milliseconds> Bucket::wait(Time now) const {
    if (!rate_ || earliest() <= now) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(earliest() - now);
}

std::optional<std::chrono::milliseconds> Bucket::take(Time now, Time came) {
    if (!rate_) return std::nullopt;
    if (const auto time = wait(now)) return time;
    next_free_ = std::max(next_free_, came) + interval_of(*rate_);
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> Buckets::take(
    const std::string& key, Bucket::Time now, Bucket::Time came
) {
    if (!rate_) return std::nullopt;
    auto [at, made] = buckets_.try_emplace(key, rate_);
    auto wait = at->second.take(now, came);
    if (made && buckets_.size() >= sweep_at_) forget_full(now);
    return wait;
}

std::optional<std::chrono::milliseconds> Buckets::wait(const std::string& key, Bucket::Time now)
    const {
    const auto found = buckets_.find(key);
    return found == buckets_.end() ? std::nullopt : found->second.wait(now);
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
