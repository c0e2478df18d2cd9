// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "gateway/net/byte_stream.hpp"

namespace sallyport::test {

/// How a pipe misbehaves.
struct PipeFaults {
    std::size_t read_bytes =
        std::numeric_limits<std::size_t>::max();  ///< short reads: at most so many at once
    /// The operation (a read delivered or a write made, counted over both ends from 1) at which the
    /// connection breaks.
    std::size_t fail_at = std::numeric_limits<std::size_t>::max();
};

/// Two connected streams in memory. Bytes, ends and failures arrive in later turns of the loop, as
/// with sockets. TLS is pretended: start_tls succeeds at once and bytes stay plain.
std::pair<std::unique_ptr<net::ByteStream>, std::unique_ptr<net::ByteStream>> make_pipe(
    boost::asio::any_io_executor executor, PipeFaults faults = {}
);

}  // namespace sallyport::test
