// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/app/command_table.hpp"

namespace sallyport::app {

/// The shell's side of data/control.sock: one blocking request.
struct ControlReply {
    int status = 0;  ///< of HTTP; 0: nobody listens there
    CommandAnswer answer;
    std::string why;            ///< when status is 0
    bool was_asked = false;     ///< when status is 0: somebody listened, but did not answer
    bool is_forbidden = false;  ///< the socket belongs to another user
};

ControlReply ask_gateway(
    const std::filesystem::path& socket, const std::vector<std::string>& words
);
/// GET /readyz?verbose.
ControlReply ask_readiness(const std::filesystem::path& socket);

}  // namespace sallyport::app
