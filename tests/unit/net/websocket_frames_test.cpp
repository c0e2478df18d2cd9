// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/websocket_frames.hpp"

#include <gtest/gtest.h>

#include "tests/support/websocket_frames.hpp"

namespace sallyport::net {
namespace {

using namespace test;
using Kind = WebSocketEvent::Kind;

constexpr std::size_t most = 300;

/// What a reader made of these bytes, as one line: "text:hello ping: fault:1002".
std::string read(std::string_view bytes, std::size_t piece) {
    WebSocketReader reader(most);
    std::string said;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.feed(bytes.substr(at, piece));
        while (const auto event = reader.next()) {
            const char* const names[] = {"text:", "too_long:", "ping:", "pong:", "close:"};
            said += names[static_cast<int>(event->kind)];
            said +=
                event->payload.size() > 40 ? std::to_string(event->payload.size()) : event->payload;
            said += ' ';
        }
    }
    if (const auto fault = reader.fault())
        said += "fault:" + std::to_string(static_cast<unsigned>(*fault)) + ' ';
    if (!said.empty()) said.pop_back();
    return said;
}

/// Whole, byte by byte, and in pieces: it must come to the same.
std::string read(std::string_view bytes) {
    const std::string whole = read(bytes, bytes.size());
    for (const std::size_t piece : {1U, 2U, 3U, 7U}) EXPECT_EQ(read(bytes, piece), whole);
    return whole;
}

std::string raw(std::initializer_list<unsigned> bytes) {
    std::string text;
    for (const unsigned byte : bytes) text += static_cast<char>(byte);
    return text;
}

TEST(WebSocketReader, unmasks_the_example_of_the_rfc) {
    EXPECT_EQ(
        read(raw({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})), "text:Hello"
    );
}

TEST(WebSocketReader, takes_messages_of_all_lengths_up_to_the_limit) {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 300U}) {
        const std::string text(size, 'x');
        WebSocketReader reader(most);
        reader.feed(client_frame(ws_text, text));
        const auto event = reader.next();
        ASSERT_TRUE(event) << size;
        EXPECT_EQ(event->payload, text);
        EXPECT_FALSE(reader.fault());
    }
}

TEST(WebSocketReader, takes_a_message_of_eight_length_bytes) {
    WebSocketReader reader(100'000);
    const std::string text(70'000, 'x');
    reader.feed(client_frame(ws_text, text));
    EXPECT_EQ(reader.next()->payload, text);
}

TEST(WebSocketReader, joins_fragments_around_control_frames) {
    EXPECT_EQ(
        read(
            client_frame(ws_text, "one ", false) + client_frame(ws_ping, "p") +
            client_frame(ws_continuation, "", false) + client_frame(ws_continuation, "two") +
            client_frame(ws_text, "three")
        ),
        "ping:p text:one two text:three"
    );
}

TEST(WebSocketReader, cuts_a_character_between_fragments) {
    EXPECT_EQ(
        read(client_frame(ws_text, "\xC3", false) + client_frame(ws_continuation, "\xA9")),
        "text:\xC3\xA9"
    );
}

TEST(WebSocketReader, gives_the_beginning_of_what_is_too_long) {
    EXPECT_EQ(
        read(client_frame(ws_text, std::string(301, 'x')) + client_frame(ws_text, "more")),
        "too_long:301 fault:1009"
    );
    EXPECT_EQ(
        read(
            client_frame(ws_text, std::string(200, 'x'), false) +
            client_frame(ws_continuation, std::string(200, 'y'), false)
        ),
        "too_long:301 fault:1009"
    );
}

TEST(WebSocketReader, holds_no_more_than_the_limit_of_a_frame_without_end) {
    WebSocketReader reader(most);
    // 2^62 bytes are announced.
    reader.feed(raw({0x81, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}));
    EXPECT_FALSE(reader.next());
    reader.feed(std::string(10'000, 'x'));
    EXPECT_EQ(reader.next()->payload.size(), most + 1);
    EXPECT_EQ(reader.fault(), WebSocketClose::too_big);
}

TEST(WebSocketReader, takes_longer_ones_when_it_is_told_to) {
    WebSocketReader reader(10);
    reader.set_message_bytes(20);
    reader.feed(client_frame(ws_text, "twelve bytes"));
    EXPECT_EQ(reader.next()->payload, "twelve bytes");
}

struct Bad {
    const char* what;
    std::string bytes;
    const char* said;
};

TEST(WebSocketReader, refuses_what_breaks_the_rules) {
    const std::string open = client_frame(ws_text, "<a/>");
    const std::string zero_mask{"\0\0\0\0", 4};
    const Bad table[] = {
        {"no mask", raw({0x81, 0x02, 'h', 'i'}), "fault:1002"},
        {"a reserved bit", raw({0xC1, 0x80, 0, 0, 0, 0}), "fault:1002"},
        {"an unknown opcode", client_frame(0x3, ""), "fault:1002"},
        {"an unknown control frame", client_frame(0xB, ""), "fault:1002"},
        {"binary", open + client_frame(ws_binary, "<a/>"), "text:<a/> fault:1003"},
        {"a continuation of nothing", client_frame(ws_continuation, "x"), "fault:1002"},
        {"a message within a message",
         client_frame(ws_text, "x", false) + client_frame(ws_text, "y"),
         "fault:1002"},
        {"a ping in fragments", client_frame(ws_ping, "x", false), "fault:1002"},
        {"a long ping", client_frame(ws_ping, std::string(126, 'x')), "fault:1002"},
        {"a length in too many bytes", raw({0x81, 0xFE, 0, 5}) + zero_mask, "fault:1002"},
        {"a length in far too many bytes",
         raw({0x81, 0xFF, 0, 0, 0, 0, 0, 0, 1, 0}) + zero_mask,
         "fault:1002"},
        {"a negative length",
         raw({0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0}) + zero_mask,
         "fault:1002"},
        {"no UTF-8", client_frame(ws_text, "\xFF"), "fault:1007"},
        {"half a character", client_frame(ws_text, "\xC3"), "fault:1007"},
        {"half a close code", client_frame(ws_close, "x"), "fault:1002"},
        {"a close code that nobody may send", client_frame(ws_close, raw({3, 0xED})), "fault:1002"},
        {"a close code of no class", client_frame(ws_close, raw({0, 1})), "fault:1002"},
        {"a reason that is no UTF-8", client_frame(ws_close, raw({3, 0xE8, 0xFF})), "fault:1002"},
    };
    for (const Bad& bad : table)
        EXPECT_EQ(read(bad.bytes + client_frame(ws_text, "later")), bad.said) << bad.what;
}

TEST(WebSocketReader, takes_nothing_after_a_close_frame) {
    EXPECT_EQ(read(client_frame(ws_close, "") + client_frame(ws_text, "x")), "close:");
}

TEST(WebSocketWriter, chooses_the_shortest_length) {
    for (const std::size_t size : {0U, 125U, 126U, 65'535U, 65'536U}) {
        const std::string text(size, 'x');
        std::string wire;
        write_websocket_text(wire, text);
        EXPECT_EQ(wire.size() - size, size < 126 ? 2U : size < 65'536 ? 4U : 10U);
        EXPECT_EQ(take_frames(wire), (std::vector<ServerFrame>{{ws_text, text}}));
    }
}

TEST(WebSocketWriter, writes_control_frames) {
    std::string wire;
    write_websocket_ping(wire);
    write_websocket_pong(wire, "p");
    write_websocket_close(wire, WebSocketClose::too_big);
    write_websocket_close_answer(wire, raw({3, 0xE8}) + "why");
    write_websocket_close_answer(wire, "");
    const std::vector<ServerFrame> expected{
        {ws_ping, ""},
        {ws_pong, "p"},
        {ws_close, raw({3, 0xF1})},
        {ws_close, raw({3, 0xE8})},
        {ws_close, ""}};
    EXPECT_EQ(take_frames(wire), expected);
}

}  // namespace
}  // namespace sallyport::net
