// SPDX-License-Identifier: Apache-2.0
// A server that says anything at all, and does not know the password: no session with it, nothing
// after Close, and no password in the clear.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "xmpp/stream/client_stream.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::xmpp;

constexpr std::string_view password = "unguessable";

ClientOptions make_options(unsigned char kind) {
    ClientOptions options;
    options.user = "juliet";
    options.domain = *Jid::parse("example.org");
    options.tls = kind & 1 ? ClientTls::required : ClientTls::direct;
    options.allows_legacy = kind & 2;
    options.wants_token = kind & 4;
    options.agent.id = "d4565fa7-4d72-4749-b3d3-740edbf87770";
    options.secrets.password = password;
    options.nonce = "clientnonce";
    options.max_iterations = 4096;
    // What proves nothing of the server is another matter: these only.
    options.mechanisms = {"SCRAM-SHA-1", "DIGEST-MD5"};
    return options;
}

void drain(ClientStream& stream, bool& is_over) {
    while (auto output = stream.poll()) {
        if (is_over) std::abort();
        if (const auto* event = std::get_if<ClientStream::Event>(&*output)) {
            if (std::holds_alternative<LoggedIn>(*event) && std::get<LoggedIn>(*event).rank > 0)
                std::abort();
            if (const auto* wanted = std::get_if<KeyWanted>(event))
                stream.derived(wanted->derive(), {});
            continue;
        }
        const Action& action = std::get<Action>(*output);
        const auto* write = std::get_if<Write>(&action);
        if (write && !stream.is_secure() && write->bytes.find(password) != std::string::npos)
            std::abort();
        is_over = std::holds_alternative<Close>(action);
        if (std::holds_alternative<StartTls>(action)) stream.tls_done({"exporter", ""}, {});
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view input(reinterpret_cast<const char*>(data), size);
    // Errors of ours name what came, and the fuzzer finds every word that it is compared with.
    if (input.find(password) != input.npos) return 0;
    ClientStream stream(make_options(data[0]));
    bool is_over = false;
    stream.start({});
    drain(stream, is_over);
    // Lines, so that what needs a turn of its own (TLS, a restart) gets one.
    for (input.remove_prefix(1); !input.empty();) {
        std::size_t end = std::min(input.find('\n'), input.size() - 1);
        stream.feed(input.substr(0, end + 1), {});
        drain(stream, is_over);
        input.remove_prefix(end + 1);
    }
    stream.closed({});
    drain(stream, is_over);
    if (!is_over) std::abort();
    return 0;
}
