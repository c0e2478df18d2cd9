// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/stream_script.hpp"
#include "xmpp/core/machine.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::xmpp::test {

using sallyport::test::parse_one;
using sallyport::test::parse_stanza;

/// juliet@example.org under direct TLS with the password of the seeds.
ClientOptions client_options();
std::string tell(const ClientStream::Event& event);

/// A client for the transcript player; the line "# options: word word" of a transcript changes it.
struct ClientScript {
    explicit ClientScript(const std::filesystem::path& transcript);

    std::unique_ptr<ClientStream> make();
    std::string tell(const ClientStream::Event& event);
    std::optional<std::string> act(ClientStream& stream, std::string_view command, TimePoint now);

    std::vector<std::string> words;
    std::string key;  ///< the last one that was wanted
};

}  // namespace sallyport::xmpp::test
