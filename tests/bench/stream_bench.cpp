// SPDX-License-Identifier: Apache-2.0
// The server's stream machine alone: what an idle session holds, and what a chat message costs from
// the bytes of one client to the bytes for another.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include <malloc.h>

#include "xmpp/core/text.hpp"
#include "xmpp/stream/server_machine.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::xmpp;

constexpr std::string_view header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "to='example.org' version='1.0'>";
constexpr std::string_view message =
    "<message to='romeo@example.org/orchard' id='8b1c7a52-6f0e' type='chat'>"
    "<body>Art thou not Romeo, and a Montague? Wherefore art thou so late tonight, good sir?</body>"
    "<origin-id xmlns='urn:xmpp:sid:0' id='8b1c7a52-6f0e'/>"
    "<request xmlns='urn:xmpp:receipts'/></message>";
constexpr int per_feed = 16;
constexpr int feeds = 500;
constexpr int rounds = 40;
constexpr std::size_t sessions = 2000;

std::shared_ptr<const ServerStreamOptions> make_options() {
    auto options = std::make_shared<ServerStreamOptions>();
    options->domain = *Jid::parse("example.org");
    options->tls = TlsPolicy::done;
    options->mechanisms = {"SCRAM-SHA-1", "PLAIN"};
    return options;
}

// Hands what is written to `out`, and stanzas to `each`.
template <class Each>
void drain(ServerStream& stream, std::string& out, Each&& each) {
    while (auto output = stream.poll()) {
        if (auto* action = std::get_if<Action>(&*output)) {
            if (auto* write = std::get_if<Write>(action)) out += write->bytes;
        } else if (auto* got = std::get_if<Received>(&std::get<ServerStream::Event>(*output))) {
            each(std::move(got->stanza));
        }
    }
}

void drain(ServerStream& stream) {
    std::string out;
    drain(stream, out, [](Stanza) {});
}

ServerStream log_in(
    const std::shared_ptr<const ServerStreamOptions>& options, std::string_view full, bool managed
) {
    ServerStream stream(options, std::string(16, 's'));
    auto feed = [&](std::string_view bytes) {
        stream.feed(bytes, TimePoint());
        drain(stream);
    };
    stream.start(TimePoint());
    feed(header);
    feed(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
        base64_encode(std::string_view("\0juliet\0x", 9)) + "</auth>"
    );
    stream.answer(sasl::Answer(sasl::Granted{"juliet", {}}), TimePoint());
    drain(stream);
    feed(header);
    feed("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    stream.answer(Bound{*Jid::parse(full), {}}, TimePoint());
    drain(stream);
    if (managed) feed("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    feed("<presence/>");
    stream.rest();
    return stream;
}

std::size_t heap_in_use() {
    return mallinfo2().uordblks;
}

double bytes_at_rest(const std::shared_ptr<const ServerStreamOptions>& options, bool managed) {
    std::vector<ServerStream> streams;
    streams.reserve(sessions);
    std::size_t before = heap_in_use();
    for (std::size_t i = 0; i < sessions; ++i)
        streams.push_back(log_in(options, "juliet@example.org/balcony" + std::to_string(i), managed)
        );
    return static_cast<double>(heap_in_use() - before) / sessions + sizeof(ServerStream);
}

// Of this thread's own processor time, so that neighbours count as little as they can.
double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double route(ServerStream& from, ServerStream& to, const std::string& block, bool managed) {
    std::string out;
    std::uint32_t count = 0;
    double begin = processor_seconds();
    for (int i = 0; i < feeds; ++i) {
        from.feed(block, TimePoint());
        drain(from, out, [&](Stanza stanza) {
            stanza.set_from(from.full());
            if (!to.send(stanza)) std::abort();
            ++count;
        });
        drain(to, out, [](Stanza) {});
        if (managed) {
            to.feed("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(count) + "'/>", TimePoint());
            drain(to, out, [](Stanza) {});
        }
        out.clear();
    }
    return processor_seconds() - begin;
}

void print_route(
    const std::shared_ptr<const ServerStreamOptions>& options, const char* name, bool managed
) {
    std::string block;
    for (int i = 0; i < per_feed; ++i) block += message;
    double best = 1e9;
    for (int i = 0; i < rounds; ++i) {
        ServerStream from = log_in(options, "juliet@example.org/balcony", false);
        ServerStream to = log_in(options, "romeo@example.org/orchard", managed);
        best = std::min(best, route(from, to, block, managed));
    }
    constexpr double count = static_cast<double>(feeds) * per_feed;
    std::printf("%-46s %8.3f us  %10.0f /s\n", name, best / count * 1e6, count / best);
}

}  // namespace

int main() {
    auto options = make_options();
    std::printf(
        "sizeof: machine %zu, event %zu\n", sizeof(ServerMachine), sizeof(ServerStream::Event)
    );
    std::printf("heap of an idle session: %.0f bytes\n", bytes_at_rest(options, false));
    std::printf("… with stream management: %.0f bytes\n", bytes_at_rest(options, true));
    std::printf("message of %zu bytes, best of %d rounds\n", message.size(), rounds);
    print_route(options, "bytes -> stanza -> bytes", false);
    print_route(options, "… to a session with stream management", true);
    return 0;
}
