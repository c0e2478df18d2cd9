// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::core {

/// The ack barrier over XEP-0114, which has no acknowledgements (product.md): streams are ordered,
/// so the answer to a ping proves that everything sent before it was read. Pure; one per link; made
/// anew when the link comes up.
class Barrier {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t batch = 100;
    static constexpr std::chrono::milliseconds patience{250};

    explicit Barrier(std::string id_prefix) : prefix_(std::move(id_prefix)) {}
    /// A stanza with a row went out.
    void sent(std::int64_t row, Time now);
    /// The id of a ping to send now, if one is due. Afterwards everything sent so far waits for its
    /// answer.
    std::optional<std::string> ping(Time now);
    /// The link had no room for the ping just named: nothing is outstanding, ping() is asked again.
    void unsent(Time now);
    /// When ping() should be asked again; nothing = when more was sent or the ping was answered.
    std::optional<Time> deadline() const;
    /// An answer (result or error) came: the rows it proves; empty when the id is not ours.
    std::vector<std::int64_t> answered(std::string_view id);
    /// The row will not be proved by this link any more: the host gave it back.
    void forget(std::int64_t row);
    bool is_ours(std::string_view id) const { return id.starts_with(prefix_); }
    /// When the outstanding ping was sent: the owner judges the link dead by it.
    std::optional<Time> waiting_since() const {
        return outstanding_ ? std::optional(pinged_at_) : std::nullopt;
    }
    std::size_t unproved() const { return rows_.size(); }

  private:
    std::string prefix_;
    std::deque<std::int64_t> rows_;  ///< sent and unproved, oldest first
    std::size_t covered_ = 0;        ///< how many of them the outstanding ping will prove
    Time first_unproved_{};          ///< of those that no ping covers
    Time pinged_at_{};
    std::uint64_t serial_ = 0;
    bool outstanding_ = false;
    bool was_answered_ = false;  ///< the last ping was answered: the next may leave at once
};

}  // namespace sallyport::core
