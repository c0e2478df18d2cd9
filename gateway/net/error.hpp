// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

namespace sallyport::net {

/// Where getting or keeping a connection failed. The category's message is a stable word: "dns",
/// "tls", …
enum class Fault {
    dns = 1,  ///< no address for the name
    connect,  ///< no address of it answered
    tls,      ///< handshake
    timeout,
    eof,         ///< the peer closed its side
    reset,       ///< the connection broke
    closed,      ///< we closed it
    certificate  ///< the peer's was not accepted
};

boost::system::error_code make_error_code(Fault fault);
inline Error make_error(Fault fault, std::string detail = {}) {
    return Error(make_error_code(fault), std::move(detail));
}
/// The stable word of a failure of this room; of others, "error".
std::string_view fault_word(const Error& error);

}  // namespace sallyport::net
