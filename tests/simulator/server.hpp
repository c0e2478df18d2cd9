// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "tests/simulator/control.hpp"
#include "tests/simulator/page.hpp"

namespace simulator {

/// The HTTP server: providers by path, /_sim/ for the control, / for the phone's page. All that it
/// is given outlives the loop.
class Server {
  public:
    Server(World& world, Carrier& carrier, Control& control, Page& page)
        : world_(world), carrier_(carrier), control_(control), page_(page) {}

    /// Listens on HOST:PORT and returns the real address; throws boost::system::system_error.
    std::string listen(const std::string& address);

  private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<Answer> dispatch(const Incoming& request);
    /// Tells the news until the peer is gone.
    boost::asio::awaitable<void> stream(boost::beast::tcp_stream& out, const Answer& answer);

    World& world_;
    Carrier& carrier_;
    Control& control_;
    Page& page_;
    std::unique_ptr<boost::asio::ip::tcp::acceptor> acceptor_;
};

}  // namespace simulator
