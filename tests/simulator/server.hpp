// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "tests/simulator/control.hpp"

namespace simulator {

/// The HTTP server: providers by path, and /_sim/ for the control. `carrier` and `control` outlive
/// the loop.
class Server {
  public:
    Server(World& world, Carrier& carrier, Control& control)
        : world_(world), carrier_(carrier), control_(control) {}

    /// Listens on HOST:PORT and returns the real address; throws boost::system::system_error.
    std::string listen(const std::string& address);

  private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<Answer> dispatch(const Incoming& request);

    World& world_;
    Carrier& carrier_;
    Control& control_;
    std::unique_ptr<boost::asio::ip::tcp::acceptor> acceptor_;
};

}  // namespace simulator
