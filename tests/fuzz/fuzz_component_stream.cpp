// SPDX-License-Identifier: Apache-2.0
// A host that says anything at all: it never makes us send a second header, anything after Close,
// or an unsound stanza.
#include <cstdlib>
#include <string_view>

#include "xmpp/stream/component_stream.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::xmpp;

// Echoes what arrives, as a careless owner would, and checks the order of what it is told.
void drain(ComponentStream& stream, bool& over) {
    while (auto output = stream.poll()) {
        if (over) std::abort();
        if (const auto* action = std::get_if<Action>(&*output)) {
            over = std::holds_alternative<Close>(*action);
            continue;
        }
        auto& event = std::get<ComponentLink::Event>(*output);
        if (auto* received = std::get_if<Received>(&event)) {
            if (auto bounce = received->stanza.bounce(StanzaError(Condition::forbidden)))
                (void)stream.send(*bounce);
        } else if (auto* malformed = std::get_if<Malformed>(&event)) {
            if (auto bounce = bounce_malformed(malformed->element, malformed->error))
                (void)stream.send(*bounce);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::size_t piece = bytes.empty() ? 1 : static_cast<unsigned char>(bytes.back()) % 50 + 1;
    ComponentOptions options;
    options.domain = *Jid::parse("sms.example.org");
    options.secret = "test";
    ComponentStream stream(std::move(options));
    TimePoint now{};
    bool over = false;
    stream.start(now);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        stream.feed(bytes.substr(at, piece), now);
        drain(stream, over);
        stream.rest();
    }
    stream.closed(now);
    drain(stream, over);
    if (!over) std::abort();
    return 0;
}
