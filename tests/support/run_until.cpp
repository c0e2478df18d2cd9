// SPDX-License-Identifier: Apache-2.0
#include "tests/support/run_until.hpp"

#include <chrono>

#include <boost/asio/executor_work_guard.hpp>

namespace sallyport::test {

bool run_until(boost::asio::io_context& io, const std::function<bool()>& done) {
    const auto guard = boost::asio::make_work_guard(io);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < give_up) {
        io.restart();
        io.run_one_for(std::chrono::milliseconds(50));
    }
    return done();
}

}  // namespace sallyport::test
