// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "gateway/base/clock.hpp"
#include "gateway/net/poller.hpp"
#include "xmpp/core/machine.hpp"

namespace sallyport::net {

/// All deadlines of the program on one Asio timer, and the readiness of its streams. Network
/// thread only.
///
/// Cancelling never touches the Asio timer: it wakes, finds nothing due and sleeps on (style.md: an
/// Asio timer armed for about 0 costs 22 µs, one that is left alone nothing).
class Timers {
  public:
    /// Names one deadline; a default one names none. Handles of deadlines that ran or were
    /// cancelled are harmless.
    struct Handle {
        TimePoint when{};
        std::uint64_t id = 0;
        explicit operator bool() const { return id != 0; }
    };

    /// `time` must outlive this object.
    Timers(boost::asio::any_io_executor executor, const TimeSource& time);
    ~Timers();
    Timers(const Timers&) = delete;
    Timers& operator=(const Timers&) = delete;

    /// Runs `fn` once, at `when` or as soon after as the loop allows; never from within this call.
    /// Equal instants run in the order they were asked for.
    Handle at(TimePoint when, std::function<void()> fn);
    Handle after(Clock::duration delay, std::function<void()> fn) {
        return at(now() + delay, std::move(fn));
    }
    /// Forgets the deadline and clears the handle. True when it had not run.
    bool cancel(Handle& handle);

    TimePoint now() const;
    const TimeSource& time() const;
    boost::asio::any_io_executor executor() const;
    /// Readiness of the streams of this loop. REQUIRES: they end before this object.
    Poller& poller() { return poller_; }
    std::size_t size() const;
    /// Runs what is due by the time source now. The Asio timer does this by itself; tests that own
    /// time call it.
    void run_due();

  private:
    struct State;
    std::shared_ptr<State>
        state_;  ///< shared with the pending wait, which may end after this object
    Poller poller_;
};

}  // namespace sallyport::net
