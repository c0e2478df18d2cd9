// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>

namespace sallyport::test {

/// Drives the loop in real time until `done` says so: sockets, TLS, key derivations and copies of
/// files have no time of their own. Answers what `done` says last; gives up after 20 s, which is
/// only for tests that fail.
bool run_until(boost::asio::io_context& io, const std::function<bool()>& done);

}  // namespace sallyport::test
