// SPDX-License-Identifier: Apache-2.0
// Parse + build + serialise of a 300-byte message, against bare expat reporting the events of the
// same bytes.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include <expat.h>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/stanza.hpp"
#include "xmpp/xml/reader.hpp"
#include "xmpp/xml/writer.hpp"

namespace {

using namespace sallyport::xmpp;

constexpr std::string_view header =
    "<stream:stream xmlns='jabber:component:accept' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1'>";
constexpr std::string_view message =
    "<message to='+15551234567@sms.example.org' from='juliet@example.org/balcony' "
    "id='8b1c7a52-6f0e' type='chat'>"
    "<body>Art thou not Romeo, and a Montague? Wherefore art thou so late tonight, good sir?</body>"
    "<origin-id xmlns='urn:xmpp:sid:0' id='8b1c7a52-6f0e'/><request "
    "xmlns='urn:xmpp:receipts'/></message>";
constexpr int per_feed = 16;  // what one read of a busy link brings
constexpr int feeds = 500;
constexpr int rounds = 60;

std::string block() {
    std::string bytes;
    for (int i = 0; i < per_feed; ++i) bytes += message;
    return bytes;
}

// Of this thread's own processor time, so that neighbours count as little as they can.
double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double time_of(auto&& work) {
    double begin = processor_seconds();
    work();
    return processor_seconds() - begin;
}

struct Counter {
    std::size_t events = 0;
};
void count_start(void* user, const XML_Char*, const XML_Char**) {
    ++static_cast<Counter*>(user)->events;
}
void count_end(void* user, const XML_Char*) {
    ++static_cast<Counter*>(user)->events;
}
void count_text(void* user, const XML_Char*, int) {
    ++static_cast<Counter*>(user)->events;
}

std::size_t bare_expat(const std::string& bytes) {
    Counter counter;
    XML_Parser parser = XML_ParserCreateNS("UTF-8", '\xFF');
    XML_SetReparseDeferralEnabled(parser, XML_FALSE);
    XML_SetUserData(parser, &counter);
    XML_SetElementHandler(parser, count_start, count_end);
    XML_SetCharacterDataHandler(parser, count_text);
    XML_Parse(parser, header.data(), static_cast<int>(header.size()), XML_FALSE);
    for (int i = 0; i < feeds; ++i)
        XML_Parse(parser, bytes.data(), static_cast<int>(bytes.size()), XML_FALSE);
    XML_ParserFree(parser);
    return counter.events;
}

std::size_t build_only(const std::string& bytes) {
    XmlReader reader;
    reader.feed(header);
    std::size_t stanzas = 0;
    for (int i = 0; i < feeds; ++i) {
        reader.feed(bytes);
        while (reader.next()) ++stanzas;
    }
    return stanzas;
}

std::size_t whole_way(const std::string& bytes) {
    XmlReader reader;
    reader.feed(header);
    reader.next();
    std::string out;
    std::size_t written = 0;
    for (int i = 0; i < feeds; ++i) {
        reader.feed(bytes);
        while (auto event = reader.next()) {
            auto stanza = Stanza::from_element(std::move(std::get<Element>(*event)));
            if (stanza) write(out, stanza->element(), ns::component, ns::component);
        }
        written += out.size();
        out.clear();
    }
    return written;
}

}  // namespace

int main() {
    std::string bytes = block();
    constexpr double count = static_cast<double>(feeds) * per_feed;
    volatile std::size_t sink = 0;
    double bare = 1e9, built = 1e9, whole = 1e9;
    // Short and interleaved, so that a busy neighbour troubles all three alike and each has its
    // best moment.
    for (int i = 0; i < rounds; ++i) {
        bare = std::min(bare, time_of([&] { sink = bare_expat(bytes); }));
        built = std::min(built, time_of([&] { sink = build_only(bytes); }));
        whole = std::min(whole, time_of([&] { sink = whole_way(bytes); }));
    }
    std::printf("message of %zu bytes, best of %d rounds of %.0f\n", message.size(), rounds, count);
    std::printf(
        "%-34s %8.3f us  %10.0f /s\n", "bare expat, events only", bare / count * 1e6, count / bare
    );
    std::printf("%-34s %8.3f us  %10.0f /s\n", "parse + build", built / count * 1e6, count / built);
    std::printf(
        "%-34s %8.3f us  %10.0f /s\n",
        "parse + build + check + serialise",
        whole / count * 1e6,
        count / whole
    );
    std::printf("ratio to bare expat: %.1f %%\n", bare / whole * 100);
    return 0;
}
