// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/websocket_upgrade.hpp"

#include <gtest/gtest.h>

namespace sallyport::net {
namespace {

port::HttpRequest good() {
    port::HttpRequest request("GET", "/ws");
    request.headers = {
        {"Host", "example.org"},
        {"upgrade", "h2c, WebSocket"},
        {"Connection", "keep-alive, Upgrade"},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
        {"Sec-WebSocket-Version", "13"},
        {"Sec-WebSocket-Protocol", "chat , xmpp"},
        {"Sec-WebSocket-Extensions", "permessage-deflate"},
        {"Origin", "https://elsewhere.example"}};
    return request;
}

port::HttpResponse judge(const port::HttpRequest& request) {
    return judge_upgrade(request, "/ws", "xmpp");
}

port::HttpRequest with(std::string_view name, std::optional<std::string> value) {
    port::HttpRequest request = good();
    std::erase_if(request.headers, [name](const auto& field) { return field.first == name; });
    if (value) request.headers.emplace_back(name, *value);
    return request;
}

TEST(WebSocketUpgrade, answers_the_key_of_the_rfc_and_names_the_protocol) {
    const port::HttpResponse answer = judge(good());
    EXPECT_EQ(answer.status, 101);
    EXPECT_EQ(port::header(answer.headers, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(port::header(answer.headers, "Sec-WebSocket-Protocol"), "xmpp");
    EXPECT_FALSE(port::header(answer.headers, "Sec-WebSocket-Extensions"));
}

TEST(WebSocketUpgrade, may_ask_with_a_query_and_from_no_page) {
    port::HttpRequest request = with("Origin", std::nullopt);
    request.url = "/ws?token=x";
    EXPECT_EQ(judge(request).status, 101);
}

TEST(WebSocketUpgrade, takes_protocols_in_several_fields) {
    port::HttpRequest request = with("Sec-WebSocket-Protocol", "chat");
    request.headers.emplace_back("sec-websocket-protocol", "xmpp");
    EXPECT_EQ(judge(request).status, 101);
}

TEST(WebSocketUpgrade, refuses_what_is_no_upgrade_to_xmpp) {
    struct Case {
        const char* field;
        std::optional<std::string> value;
        int status;
    };
    const Case table[] = {
        {"upgrade", std::nullopt, 426},
        {"upgrade", "h2c", 426},
        {"Connection", "keep-alive", 426},
        {"Sec-WebSocket-Version", "8", 426},
        {"Sec-WebSocket-Version", std::nullopt, 426},
        {"Sec-WebSocket-Key", std::nullopt, 400},
        {"Sec-WebSocket-Key", "c2hvcnQ=", 400},
        {"Sec-WebSocket-Key", "not base64 at all", 400},
        {"Sec-WebSocket-Protocol", std::nullopt, 400},
        {"Sec-WebSocket-Protocol", "chat", 400},
        {"Sec-WebSocket-Protocol", "XMPP", 400},
        {"Sec-WebSocket-Protocol", "xmpp2, xmp p", 400}};
    for (const Case& one : table)
        EXPECT_EQ(judge(with(one.field, one.value)).status, one.status)
            << one.field << ": " << one.value.value_or("(none)");
}

TEST(WebSocketUpgrade, tells_which_version_it_knows) {
    const port::HttpResponse answer = judge(with("Sec-WebSocket-Version", "8"));
    EXPECT_EQ(port::header(answer.headers, "Sec-WebSocket-Version"), "13");
}

TEST(WebSocketUpgrade, is_at_one_path_by_get) {
    port::HttpRequest elsewhere = good();
    elsewhere.url = "/ws/more";
    EXPECT_EQ(judge(elsewhere).status, 404);
    port::HttpRequest posted = good();
    posted.method = "POST";
    EXPECT_EQ(judge(posted).status, 405);
}

}  // namespace
}  // namespace sallyport::net
