// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/barrier.hpp"

#include <utility>

namespace sallyport::core {

void Barrier::sent(std::int64_t row, Time now) {
    if (rows_.size() == covered_) first_unproved_ = now;
    rows_.push_back(row);
}

std::optional<Barrier::Time> Barrier::deadline() const {
    if (outstanding_ || rows_.empty()) return std::nullopt;
    if (was_answered_ || rows_.size() >= batch) return first_unproved_;
    return first_unproved_ + patience;
}

std::optional<std::string> Barrier::ping(Time now) {
    const auto due = deadline();
    if (!due || *due > now) return std::nullopt;
    outstanding_ = true;
    was_answered_ = false;
    covered_ = rows_.size();
    pinged_at_ = now;
    ++serial_;
    return prefix_ + std::to_string(serial_);
}

void Barrier::unsent(Time now) {
    outstanding_ = false;
    covered_ = 0;
    first_unproved_ = now;
}

void Barrier::forget(std::int64_t row) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i] != row) continue;
        rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(i));
        if (i < covered_) --covered_;
        return;
    }
}

std::vector<std::int64_t> Barrier::answered(std::string_view id) {
    if (!outstanding_ || id != prefix_ + std::to_string(serial_)) return {};
    const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(covered_);
    std::vector<std::int64_t> proved(rows_.begin(), end);
    rows_.erase(rows_.begin(), end);
    covered_ = 0;
    outstanding_ = false;
    was_answered_ = !rows_.empty();
    return proved;
}

}  // namespace sallyport::core
