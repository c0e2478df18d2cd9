// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/core/element.hpp"
#include "xmpp/core/stanza.hpp"
#include "xmpp/stream/events.hpp"

/// What the transcripts of all XMPP streams have in common: stanzas in commands, events in words,
/// options in comments.
namespace sallyport::test {

/// An element from XML in jabber:client; fails the test when it is none.
xmpp::Element parse_one(std::string_view xml);
xmpp::Stanza parse_stanza(std::string_view xml);

/// The words of the lines "# options: word word" of a transcript.
std::vector<std::string> option_words(const std::filesystem::path& transcript);
/// The transcripts in tests/golden/NAME.
std::vector<std::filesystem::path> golden(std::string_view name);

std::string words_of(const xmpp::Received& received);
std::string words_of(const xmpp::Malformed& malformed);
std::string words_of(const xmpp::Ended& ended);

/// Sets an option by the row of a table with `word` and `set`.
template <class Rows, class Options>
bool set_option(const Rows& rows, Options& options, std::string_view word) {
    for (const auto& row : rows)
        if (row.word == word) {
            row.set(options);
            return true;
        }
    return false;
}

}  // namespace sallyport::test
