// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "xmpp/core/machine.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::xmpp {

struct ManagementLimits {
    /// Messages and iqs. Presences are bounded by their bytes alone: who comes online is sent those
    /// of all contacts at once.
    std::size_t stanzas = 500;
    std::size_t bytes = 1024 * 1024;
    std::chrono::seconds resume{600};  ///< announced as max; 0 = resumption is off
};

/// The peer wants to know what was handled: owner calls acknowledge(count) once all stanzas up to
/// then are safe.
struct AckWanted {
    std::uint32_t count = 0;
};

/// XEP-0198, the memory of one session: what was handled in each direction, modulo 2^32, and the
/// stanzas that the peer has not acknowledged. It outlives the stream, and another one may go on
/// with it.
class Management {
  public:
    struct Unacknowledged {
        std::string bytes;  ///< in jabber:client, without an xmlns of its own
        TimePoint sent;     ///< for the delay stamp of who delivers it elsewhere
    };
    struct Waiting {
        Stanza stanza;
        TimePoint sent;
    };
    enum class Verdict {
        good,
        stale,    ///< below the last one: of no effect
        too_high  ///< more than was sent: fatal (XEP-0198 §4)
    };

    explicit Management(ManagementLimits limits, std::string resume_id = {});

    // ---- what we have sent ----
    /// Keeps a stanza that was sent. False: the bounds are reached, and it was not kept.
    bool keep(std::string bytes, TimePoint now);
    /// Little enough waits that a stanza of any usual length fits: below half of both bounds.
    bool has_room() const { return counted_ < limits_.stanzas / 2 && bytes_ < limits_.bytes / 2; }
    /// The peer has handled the stanzas up to the count `handled`.
    Verdict acknowledged(std::uint32_t handled);
    std::span<const Unacknowledged> queue() const { return std::span(queue_).subspan(gone_); }
    std::size_t queue_bytes() const { return bytes_; }
    std::uint32_t sent() const { return sent_; }
    /// The unacknowledged stanzas as such, for who delivers them elsewhere; the queue is empty
    /// afterwards.
    std::vector<Waiting> take_unacknowledged();

    /// Frees what a session at rest does not need.
    void rest();

    // ---- what we have received ----
    void count_received() { ++received_; }
    std::uint32_t received() const { return received_; }
    /// What was received up to then is safe: what `<a h=''/>` may say. Never goes back.
    void make_safe(std::uint32_t count);
    std::uint32_t safe() const { return safe_; }
    /// What is not safe was not received: a peer that is told so sends it again.
    void forget_unsafe() { received_ = safe_; }

    /// Goes on counting from elsewhere. REQUIRES: nothing is queued.
    void set_counts(std::uint32_t sent, std::uint32_t received) {
        sent_ = sent;
        received_ = safe_ = received;
    }
    const std::string& resume_id() const { return resume_id_; }  ///< "" = cannot be resumed
    const ManagementLimits& limits() const { return limits_; }

  private:
    ManagementLimits limits_;
    std::string resume_id_;
    std::vector<Unacknowledged> queue_;  // the first gone_ are acknowledged, and empty
    std::size_t gone_ = 0;
    std::size_t bytes_ = 0;
    std::size_t counted_ = 0;     // of the queue, without presences
    std::uint32_t sent_ = 0;      // modulo 2^32; sent_ - queue().size() is what was acknowledged
    std::uint32_t received_ = 0;  // modulo 2^32
    std::uint32_t safe_ = 0;      // <= received_, modulo 2^32
};

}  // namespace sallyport::xmpp
