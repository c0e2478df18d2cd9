// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace sallyport::net {

/// Readiness of many descriptors for one wait of Asio's. Asio arms the kernel anew for every wait,
/// one system call for each request of a kept connection; here a descriptor stays armed, and what
/// became ready during a turn of the loop is fetched together. Network thread only.
class Poller {
  public:
    struct Ready {
        bool readable = false;
        bool writable = false;
        bool failed = false;  ///< also set when the far side is gone
    };
    using Handler = std::function<void(Ready)>;
    /// Names one watched descriptor; 0 names none.
    using Id = std::uint64_t;

    explicit Poller(boost::asio::any_io_executor executor);
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    /// Knows `descriptor` from now on, without waiting for anything. The handler never runs from
    /// within a call of this class; it may call it, and forget any descriptor.
    Id add(int descriptor, Handler handler);
    /// Waits for these, time after time, while they are ready and wanted.
    void want(Id id, bool read, bool write);
    /// To be called before the descriptor is closed. No handler runs for it from here on.
    void forget(Id id);

  private:
    struct State;
    std::shared_ptr<State> state_;  ///< shared with the pending wait
};

}  // namespace sallyport::net
