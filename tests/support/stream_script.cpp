// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stream_script.hpp"

#include <fstream>
#include <optional>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/play.hpp"
#include "tests/support/source_dir.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xml/reader.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::test {

xmpp::Element parse_one(std::string_view xml) {
    xmpp::XmlReader reader;
    reader.feed("<root xmlns='jabber:client'>");
    reader.next();
    reader.feed(xml);
    std::optional<xmpp::XmlEvent> event = reader.next();
    EXPECT_TRUE(event) << xml;
    return event ? std::get<xmpp::Element>(*event) : xmpp::Element("nothing");
}

xmpp::Stanza parse_stanza(std::string_view xml) {
    return xmpp::Stanza::from_element(parse_one(xml)).value();
}

std::vector<std::string> option_words(const std::filesystem::path& transcript) {
    constexpr std::string_view opening = "# options:";
    std::vector<std::string> words;
    std::ifstream file(transcript);
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(opening)) continue;
        std::istringstream rest(line.substr(opening.size()));
        for (std::string word; rest >> word;) words.push_back(word);
    }
    return words;
}

std::vector<std::filesystem::path> golden(std::string_view name) {
    return transcripts(source_dir() / "tests/golden" / name);
}

std::string words_of(const xmpp::Received& received) {
    return "received " + xmpp::to_xml(received.stanza.element(), xmpp::ns::client);
}

std::string words_of(const xmpp::Malformed& malformed) {
    return "malformed " + std::string(to_string(malformed.error.condition)) + ' ' +
           xmpp::to_xml(malformed.element, xmpp::ns::client);
}

std::string words_of(const xmpp::Ended& ended) {
    static constexpr std::string_view who[] = {"peer", "us", "link"};
    std::string text = "ended by " + std::string(who[static_cast<int>(ended.by)]);
    if (ended.was_established) text += " after it stood";
    text += ": " + ended.reason;
    return ended.text.empty() ? text : text + " (" + ended.text + ")";
}

}  // namespace sallyport::test
