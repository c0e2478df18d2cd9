// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/http_server.hpp"

namespace sallyport::app {

class Gateway;

/// The running side of the command line: commands arrive on data/control.sock (HTTP, 0600) as POST
/// /command with one argument a line, percent-encoded; the answer's text is for standard output,
/// its `Exit-Code` header for the shell.
void install_control(Gateway& gateway, net::HttpServer& server);

/// The body of such a request, and the way back.
std::string encode_words(const std::vector<std::string>& words);
Result<std::vector<std::string>> decode_words(std::string_view body);

}  // namespace sallyport::app
