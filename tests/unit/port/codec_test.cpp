// SPDX-License-Identifier: Apache-2.0
#include "gateway/port/codec.hpp"

#include <gtest/gtest.h>

namespace sallyport::port {
namespace {

SendMessage full_send() {
    SendMessage message(
        Address("#room%net", Address::Kind::room), std::string("zwei\0Zeilen\n\xF0\x9F\x98\x80", 16)
    );
    message.attachments.emplace_back("https://example.org/a.png", "image/png");
    message.attachments.back().name = "a.png";
    message.attachments.back().size_bytes = 5'000'000'000;
    message.language = "de";
    message.reply_to = MessageRef("primary", "SM1");
    message.subject = "Hi";
    return message;
}

MessageReceived full_received() {
    MessageReceived message(
        Address("+15551234567"),
        "+15550001111",
        MessageRef("primary", "SM2"),
        std::string(70'000, 'x')
    );
    message.attachments.emplace_back("https://example.org/b", "");
    message.other_recipients = {Address("+1555"), Address("Bank", Address::Kind::service)};
    message.sent_at = WallTime(std::chrono::milliseconds(-5));
    message.by_me = true;
    return message;
}

TEST(Codec, a_message_to_send_comes_back_whole) {
    const SendMessage before = full_send();
    const auto after = decode_send_message(encode(before));
    ASSERT_TRUE(after);
    EXPECT_EQ(*after, before);
    EXPECT_EQ(after->language, "de");
    EXPECT_EQ(after->reply_to, before.reply_to);
    EXPECT_EQ(after->subject, "Hi");
}

TEST(Codec, absent_parts_stay_absent) {
    const auto after = decode_send_message(encode(SendMessage(Address("+1"), "")));
    ASSERT_TRUE(after);
    EXPECT_FALSE(after->reply_to);
    EXPECT_TRUE(after->attachments.empty());
    const auto received = decode_message_received(encode(MessageReceived()));
    ASSERT_TRUE(received);
    EXPECT_FALSE(received->sent_at);
    EXPECT_FALSE(received->by_me);
}

TEST(Codec, a_received_message_comes_back_whole) {
    const MessageReceived before = full_received();
    const auto after = decode_message_received(encode(before));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->from, before.from);
    EXPECT_EQ(after->own_address, before.own_address);
    EXPECT_EQ(after->ref, before.ref);
    EXPECT_EQ(after->text, before.text);
    EXPECT_EQ(after->attachments, before.attachments);
    EXPECT_EQ(after->other_recipients, before.other_recipients);
    EXPECT_EQ(after->sent_at, before.sent_at);
    EXPECT_TRUE(after->by_me);
}

TEST(Codec, form_values_come_back_whole) {
    const FormValues before{{"user", {"a"}}, {"none", {}}, {"many", {"x", "", "z"}}};
    const auto after = decode_form_values(encode(before));
    ASSERT_TRUE(after);
    EXPECT_EQ(*after, before);
}

TEST(Codec, every_truncation_is_an_error) {
    const std::string send = encode(full_send());
    for (std::size_t size = 0; size < send.size(); ++size) {
        EXPECT_FALSE(decode_send_message(std::string_view(send).substr(0, size))) << size;
    }
    const std::string form = encode(FormValues{{"user", {"a", "b"}}});
    for (std::size_t size = 0; size < form.size(); ++size) {
        EXPECT_FALSE(decode_form_values(std::string_view(form).substr(0, size))) << size;
    }
}

TEST(Codec, other_kinds_versions_and_longer_rows_are_errors) {
    std::string bytes = encode(full_send());
    EXPECT_FALSE(decode_message_received(bytes));
    EXPECT_FALSE(decode_send_message(bytes + "x"));
    bytes[0] = 2;
    EXPECT_FALSE(decode_send_message(bytes));
}

TEST(Codec, a_damaged_byte_never_crashes_or_allocates_wildly) {
    const std::string bytes = encode(full_send());
    for (std::size_t at = 2; at < bytes.size(); ++at) {
        for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(value);
            const auto after = decode_send_message(damaged);
            if (after) {
                EXPECT_LE(after->text.size(), damaged.size());
            }
        }
    }
}

}  // namespace
}  // namespace sallyport::port
