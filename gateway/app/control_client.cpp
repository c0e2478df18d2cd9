// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/control_client.hpp"

#include <cerrno>

#include <unistd.h>

#include "gateway/app/control.hpp"
#include "gateway/net/unix_request.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::app {
namespace {

constexpr std::chrono::hours longest_command{1};  // a backup of a large database
constexpr std::chrono::seconds longest_health{5};

ControlReply reply_of(const std::filesystem::path& socket, port::HttpResult result) {
    ControlReply reply;
    reply.answer.exit = Exit::internal;  // a gateway that does not say
    if (result.failure) {
        reply.why = socket.string() + ": " + result.failure->text;
        reply.was_asked = result.failure->kind != port::HttpFailure::Kind::not_sent;
        reply.is_forbidden = access(socket.c_str(), W_OK) != 0 && errno == EACCES;
    }
    if (!result.response) return reply;
    reply.status = result.response->status;
    reply.answer.text = std::move(result.response->body);
    const auto exit = port::header(result.response->headers, "Exit-Code").value_or("");
    reply.answer.exit = parse_decimal<int>(exit).value_or(reply.answer.exit);
    return reply;
}

}  // namespace

ControlReply ask_gateway(
    const std::filesystem::path& socket, const std::vector<std::string>& words
) {
    port::HttpRequest request("POST", "/command");
    request.body = encode_words(words);
    request.timeout = longest_command;
    return reply_of(socket, net::ask_unix(socket, request));
}

ControlReply ask_readiness(const std::filesystem::path& socket) {
    port::HttpRequest request("GET", "/readyz?verbose");
    request.timeout = longest_health;
    ControlReply reply = reply_of(socket, net::ask_unix(socket, request));
    reply.answer.exit = reply.status == 200 ? Exit::ok : Exit::unavailable;
    return reply;
}

}  // namespace sallyport::app
