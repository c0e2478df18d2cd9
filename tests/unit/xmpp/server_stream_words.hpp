// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "xmpp/stream/server_stream.hpp"

namespace sallyport::test {

/// What the server's stream tells its owner, as transcripts say it.
std::string in_words(const xmpp::ServerStream::Event& event);

}  // namespace sallyport::test
