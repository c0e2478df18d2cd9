// SPDX-License-Identifier: Apache-2.0
// A client that frames as it likes: in pieces it comes to the same as at once, no message is longer
// than may be, every text is UTF-8, and nothing comes after the end.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/websocket_frames.hpp"
#include "xmpp/core/text.hpp"

namespace {

using namespace sallyport;
using Kind = net::WebSocketEvent::Kind;

constexpr std::size_t most = 200;

std::string read(std::string_view bytes, std::size_t piece) {
    net::WebSocketReader reader(most);
    std::string said;
    bool over = false;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.feed(bytes.substr(at, piece));
        while (const auto event = reader.next()) {
            if (over || event->payload.size() > most + 1) std::abort();
            if (event->kind == Kind::text &&
                (event->payload.size() > most || !is_utf8(event->payload)))
                std::abort();
            over = event->kind == Kind::too_long || event->kind == Kind::close;
            said += std::to_string(static_cast<int>(event->kind)) + event->payload + '\n';
        }
    }
    if (const auto fault = reader.fault()) said += std::to_string(static_cast<int>(*fault));
    return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.empty()) return 0;
    const std::size_t piece = static_cast<unsigned char>(bytes.back()) % 20 + 1;
    if (read(bytes, bytes.size()) != read(bytes, piece)) std::abort();
    return 0;
}
