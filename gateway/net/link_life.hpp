// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/timers.hpp"

namespace sallyport {
class Log;
}

namespace sallyport::net {

/// Why a link is down, as the class that decides how long to wait (backoff.cpp).
enum class LinkFault {
    refused,      ///< not-authorized, host-unknown, invalid-from, …: an operator must act
    conflict,     ///< another instance has our place: never fight
    unreachable,  ///< DNS, TCP or TLS failed
    lost,         ///< the stream ended or broke after it was up, or the host shut down
    busy,         ///< the host wants to be left alone for a while
    stopped       ///< we closed it
};
/// What the owner is told when a link goes down or an attempt fails.
struct LinkDown {
    LinkFault fault = LinkFault::lost;
    std::string reason;  ///< a stable word: "not-authorized", "conflict", "eof", "dns", …
    std::string detail;  ///< for the log; may be empty
    std::chrono::milliseconds retry_in{0};  ///< 0: not before retry_now()

    /// True when waiting alone will not help: unready, said loudly.
    bool needs_operator() const {
        return fault == LinkFault::refused || fault == LinkFault::conflict ||
               reason.ends_with("certificate");
    }
};

enum class LinkState { idle, connecting, up, waiting, stopping, stopped };
std::string_view to_string(LinkState state);
std::string_view to_string(LinkFault fault);

/// Whose manners a link has when it comes back: what is a nuisance from one component is a storm
/// from ten thousand clients.
enum class LinkKind { component, client };

/// How long a link waits before it tries again: a first wait per class of fault, doubled up to a
/// longest one, with jitter.
class Backoff {
  public:
    explicit Backoff(LinkKind kind = LinkKind::component) : kind_(kind) {}
    /// The wait after one more fault; 0 = for ever. `random` is uniform in [0, 1).
    std::chrono::milliseconds next(LinkFault fault, double random);
    /// A link that stood for a minute starts small again.
    void was_up(std::chrono::milliseconds how_long);

  private:
    LinkKind kind_;
    LinkFault last_ = LinkFault::stopped;
    unsigned in_a_row_ = 0;
};

/// The part of a link's life that does not depend on what it speaks: it tries, stands, waits, tries
/// again, stops. Network thread only.
class LinkLife {
  public:
    struct Tools {
        Timers& timers;
        const Log& log;
        std::function<double()> random;  ///< uniform in [0, 1); empty = the system's
    };
    /// `attempt` begins to connect; it is called by start() and retry_now(), and by a timer. What
    /// `tools` refers to must outlive this object.
    LinkLife(Tools tools, LinkKind kind, std::function<void()> attempt);
    ~LinkLife() { abandon(); }
    LinkLife(const LinkLife&) = delete;
    LinkLife& operator=(const LinkLife&) = delete;

    void start();
    void retry_now();
    void up();
    /// It waits from now on. Logged with `who` and `where`.
    const LinkDown& down(LinkDown why, std::string_view who, std::string_view where);
    /// How a link that stops comes to its end.
    struct Ending {
        std::chrono::milliseconds grace;  ///< for the peer's goodbye
        std::function<void()> finish;     ///< calls finish(); harmless when the link has gone
    };
    /// It stops, and keeps `done` (may be empty) for finish(), which comes by `ending` unless the
    /// stream closes before. True: the stream stands, and the goodbye is to be said. False: there
    /// is nothing to say goodbye to, or it has been said.
    [[nodiscard]] bool stop(std::function<void()> done, Ending ending);
    /// The end. `close` runs once: it drops the stream and tells the owner. Then all are told who
    /// asked for it, the late ones too. Logged with `who`.
    void finish(std::string_view who, const std::function<void()>& close);
    /// The link goes: no more calls, and nobody is told.
    void abandon();

    LinkState state() const { return state_; }
    bool is(LinkState state) const { return state_ == state; }
    const LinkDown& last_down() const { return last_down_; }
    std::uint64_t attempts() const { return attempts_; }  ///< also names the one under way
    std::uint64_t incarnation() const { return incarnation_; }
    std::uint64_t reconnects() const { return attempts_ == 0 ? 0 : attempts_ - 1; }

  private:
    void attempt();
    void be_stopped();

    Tools tools_;
    Backoff backoff_;
    std::function<void()> attempt_;
    LinkState state_ = LinkState::idle;
    LinkDown last_down_;
    TimePoint up_since_{};
    Timers::Handle retry_;
    Timers::Handle grace_;
    std::vector<std::function<void()>> asked_;  ///< who waits for the end
    std::uint64_t attempts_ = 0;
    std::uint64_t incarnation_ = 0;
};

}  // namespace sallyport::net
