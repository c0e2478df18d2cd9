// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "xmpp/core/result.hpp"

namespace sallyport::net {

/// A and AAAA look-ups by the system's resolver on a few threads, so that a slow name server never
/// stops the loop. Network thread only; the threads are its own affair.
class Resolver {
  public:
    using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
    using Done = std::function<void(Result<Endpoints>)>;
    /// All addresses of a host, from any thread, however long it takes.
    using LookUp = std::function<Result<Endpoints>(const std::string& host, std::uint16_t port)>;

    /// `look_up` is the system's unless a test brings its own.
    explicit Resolver(
        boost::asio::any_io_executor executor, std::size_t threads = 4, LookUp look_up = {}
    );
    ~Resolver();  ///< look-ups under way are forgotten, not waited for
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// `done` runs once, never from within this call; not at all after the resolver has gone.
    /// Addresses come in the system's order (RFC 6724), families interleaved. Literal addresses
    /// take no thread.
    void resolve(std::string host, std::uint16_t port, Done done);

  private:
    struct State;
    std::shared_ptr<State>
        state_;  ///< shared with the threads, which may outlive this object in a look-up
};

}  // namespace sallyport::net
