// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "gateway/port/http.hpp"

namespace sallyport::net {

/// One request to a service behind a Unix socket; blocks until it is answered or `timeout` has
/// passed. For the shell's side of the program, which has no loop. `url` is the path and query.
/// Failures: not_sent when nobody listens, ambiguous when there was no whole answer.
port::HttpResult ask_unix(const std::filesystem::path& socket, const port::HttpRequest& request);

}  // namespace sallyport::net
