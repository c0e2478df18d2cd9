// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/websocket_upgrade.hpp"

#include "xmpp/core/digest.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::net {
namespace {

constexpr std::string_view accept_salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // §1.3
constexpr std::size_t key_bytes = 16;

/// Whether one of the fields of this name lists `word` (RFC 9110 §5.6.1), ASCII case ignored where
/// `ignores_case`.
bool lists(
    const port::HttpFields& fields, std::string_view name, std::string_view word, bool ignores_case
) {
    for (const auto& [field, value] : fields) {
        if (!iequals_ascii(field, name)) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            const std::string_view item = trim(rest.substr(0, comma));
            if (ignores_case ? iequals_ascii(item, word) : item == word) return true;
            rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
        }
    }
    return false;
}

port::HttpResponse refusal(int status, std::string why) {
    return port::HttpResponse(status, std::move(why) + '\n', "text/plain; charset=utf-8");
}

}  // namespace

std::string websocket_accept(std::string_view key) {
    std::string input(key);
    input += accept_salt;
    return base64_encode(digest(Hash::sha1, input));
}

port::HttpResponse judge_upgrade(
    const port::HttpRequest& request, std::string_view path, std::string_view protocol
) {
    const port::HttpFields& fields = request.headers;
    const std::string_view target(request.url);
    if (target.substr(0, target.find('?')) != path) return refusal(404, "There is nothing here.");
    if (request.method != "GET") {
        auto response = refusal(405, "A WebSocket begins with GET.");
        response.headers.emplace_back("Allow", "GET");
        return response;
    }
    const bool is_upgrade =
        lists(fields, "Upgrade", "websocket", true) && lists(fields, "Connection", "upgrade", true);
    const auto version = port::header(fields, "Sec-WebSocket-Version");
    if (!is_upgrade || version != "13") {
        auto response = refusal(426, "This is a WebSocket for XMPP (RFC 7395).");
        response.headers.emplace_back("Upgrade", "websocket");
        response.headers.emplace_back("Sec-WebSocket-Version", "13");
        return response;
    }
    const auto key = port::header(fields, "Sec-WebSocket-Key");
    const auto bytes = base64_decode(trim(key.value_or("")));
    if (!bytes || bytes->size() != key_bytes)
        return refusal(400, "Sec-WebSocket-Key is missing or wrong.");
    if (!lists(fields, "Sec-WebSocket-Protocol", protocol, false))
        return refusal(400, "Sec-WebSocket-Protocol must name " + std::string(protocol) + ".");
    port::HttpResponse response(101);
    response.headers.emplace_back("Upgrade", "websocket");
    response.headers.emplace_back("Sec-WebSocket-Accept", websocket_accept(trim(*key)));
    response.headers.emplace_back("Sec-WebSocket-Protocol", std::string(protocol));
    return response;
}

}  // namespace sallyport::net
